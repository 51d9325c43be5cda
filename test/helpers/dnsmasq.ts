/** dnsmasq (Debian: dnsmasq-base) on a free port of the loopback interface, knowing what its options say and nobody else. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { userInfo } from 'node:os';
import { udpPeer } from './udp.ts';

/** Whether it is installed. Where tests must be complete it has to be. */
export const hasDnsmasq = spawnSync('dnsmasq', ['--version']).status === 0;
if (!hasDnsmasq && process.env['CI'] === 'true') throw new Error('dnsmasq is missing: install dnsmasq-base');

export interface Dnsmasq extends AsyncDisposable {
  /** `address:port`, as `dnsServers` takes it. */
  readonly server: string;
  /** The names that were asked for so far, each as often as it was. */
  readonly asked: readonly string[];
}

/** Options as the command line takes them, without the dashes. */
export async function startDnsmasq(records: readonly string[]): Promise<Dnsmasq> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const port = await freePort();
    const child = spawn(
      'dnsmasq',
      [
        ...['keep-in-foreground', 'conf-file=/dev/null', 'no-resolv', 'no-hosts', 'log-queries', 'log-facility=-'],
        ...[`port=${port}`, 'listen-address=127.0.0.1', 'bind-interfaces', `user=${userInfo().username}`, 'pid-file='],
        ...records,
      ].map((option) => `--${option}`),
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const started = await listen(child);
    if (started !== null) return { server: `127.0.0.1:${port}`, ...started };
  }
  throw new Error('dnsmasq does not start');
}

async function freePort(): Promise<number> {
  await using peer = await udpPeer();
  return peer.port;
}

/** What it has to say, once it serves; null if it ends before that. */
async function listen(child: ChildProcess): Promise<Omit<Dnsmasq, 'server'> | null> {
  const asked: string[] = [];
  let said = '';
  const ready = new Promise<boolean>((resolve) => {
    child.once('exit', () => resolve(false));
    child.stderr?.on('data', (piece: Buffer) => {
      said += piece.toString('latin1');
      const lines = said.split('\n');
      said = lines.pop() ?? '';
      for (const line of lines) {
        const [, name] = /query\[\w+\] (\S+) from/.exec(line) ?? [];
        if (name !== undefined) asked.push(name);
        if (line.includes(': started')) resolve(true);
      }
    });
  });
  if (!(await ready)) return null;
  return {
    asked,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
