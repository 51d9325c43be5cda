/** A port of one loopback address where connecting is never answered, as behind a firewall that drops. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { until } from './tcp-server.ts';

/** Listens, says where, and never accepts: its thread is held for good. */
const HELD = `
const server = require('node:net').createServer().listen({ host: process.argv[1], port: Number(process.argv[2]), backlog: 1 }, () => {
  process.stdout.write(server.address().port + '\\n', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
});
`;

export interface DeadPort extends AsyncDisposable {
  readonly port: number;
}

/** Linux lets as many in as the queue holds and drops what comes beyond; so the queue is filled first. */
export async function deadPort(host: string, port: number): Promise<DeadPort> {
  const child = spawn(process.execPath, ['-e', HELD, '--', host, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said]: string[] = await once(child.stdout, 'data').then((pieces: unknown[]) => pieces.map(String));
  const found = Number(said);
  const waiting: Socket[] = [];
  for (let stuck = false; !stuck; ) {
    const socket = connect(found, host).on('error', () => {});
    waiting.push(socket);
    let turns = 0;
    await until(() => socket.readyState === 'open' || ++turns > 200, 'the caller is let in, or is not');
    stuck = socket.readyState !== 'open';
  }
  return {
    port: found,
    [Symbol.asyncDispose]: async () => {
      for (const socket of waiting) socket.destroy();
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
