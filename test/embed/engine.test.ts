/** The engine as a host holds it: outcomes, streams, libraries, limits, life cycle. */
import { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine, type EngineOptions } from '../../src/engine/engine.ts';
import type { ArgumentError } from '../../src/errors/classes.ts';
import { Grants } from '../../src/net/grants/grants.ts';
import { openNet } from '../../src/net/net.ts';
import { type ApiServer, startApi } from '../helpers/api-server.ts';

let api: ApiServer;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api[Symbol.asyncDispose]());

/** Runs a script and gives its outcome with what it printed. */
async function run(source: string, options: EngineOptions = {}, args: readonly string[] = []) {
  let stdout = '';
  let stderr = '';
  const sink = (keep: (text: string) => void): Writable =>
    new Writable({
      write(chunk, _encoding, done) {
        keep(String(chunk));
        done();
      },
    });
  await using engine = new Engine({
    stdout: sink((text) => {
      stdout += text;
    }),
    stderr: sink((text) => {
      stderr += text;
    }),
    ...options,
  });
  const outcome = await engine.run({ source, file: 'test.casp', args });
  return { outcome, stdout, stderr };
}

describe('outcomes', () => {
  it('gives the last value as plain data', async () => {
    const { outcome } = await run('{a: [1, null, true], b: "x"}');
    expect(outcome).toMatchObject({ ok: true, exitCode: null });
    expect(JSON.stringify(outcome.ok && outcome.value)).toBe('{"a":[1,null,true],"b":"x"}');
  });

  it('gives an uncaught error with its place', async () => {
    const { outcome } = await run('$x = 1\nraise "https://my.org/error/odd", "so it is"');
    expect(outcome).toMatchObject({ ok: false, alarm: null, syntax: false });
    expect(!outcome.ok && outcome.error).toMatchObject({ message: 'so it is', line: 2, file: 'test.casp' });
  });

  it('gives a syntax error as an outcome that ran nothing', async () => {
    const { outcome, stdout } = await run('puts 1\nputs (');
    expect(outcome).toMatchObject({ ok: false, syntax: true });
    expect(!outcome.ok && outcome.stderr).toContain('^');
    expect(stdout).toBe('');
  });

  it('raises for a file that can not be read, without its folder', async () => {
    await using engine = new Engine();
    await expect(engine.run({ file: '/secret/place/script.casp' })).rejects.toMatchObject({
      code: 'ARGUMENT',
      message: expect.not.stringContaining('/secret'),
    });
  });

  it.each([
    [{ cpuMs: -1 }, 'cpuMs'],
    [{ timeMs: Number.NaN }, 'timeMs'],
    [{ callDepth: 0 }, 'callDepth'],
    [{ memory: 5 }, 'did you mean memoryMb'],
  ])('refuses the limits %j', (limits: object, said) => {
    let refused: unknown = null;
    try {
      new Engine({ limits });
    } catch (thrown) {
      refused = thrown;
    }
    expect(refused).toMatchObject({ code: 'ARGUMENT' });
    const { message, hint } = refused as ArgumentError;
    expect(`${message} ${hint}`).toContain(said);
  });
});

describe('streams', () => {
  it('brings output in order, of any size, with back-pressure', async () => {
    let taken = 0;
    const slow = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _encoding, done) {
        taken += chunk.length;
        setImmediate(done);
      },
    });
    const { outcome } = await run('$line = "x".repeat(999)\n1000.times do\nputs $line\nend', { stdout: slow });
    expect(outcome.ok).toBe(true);
    expect(taken).toBe(1_000_000);
  });

  it('goes on when the stream has been closed', async () => {
    const closed = new Writable({ write: (_chunk, _encoding, done) => done() });
    closed.destroy();
    const { outcome } = await run('puts 1\n5', { stdout: closed });
    expect(outcome).toMatchObject({ ok: true, value: 5 });
  });

  it('reads standard input in pieces', async () => {
    const stdin = Readable.from([Buffer.from('one\ntw'), Buffer.from('o\n'), Buffer.from('three')]);
    const { stdout } = await run('while $line = %stdin.read_line\nputs "<#{$line.trim}>"\nend', { stdin });
    expect(stdout).toBe('<one>\n<two>\n<three>\n');
  });
});

describe('libraries', () => {
  it('come from a function of the host', async () => {
    const libraries = (url: string) => (url === 'my.org/five' ? '5' : null);
    const { stdout, outcome } = await run('puts %["my.org/five"]\n%["my.org/six"]', { libraries });
    expect(stdout).toBe('5\n');
    expect(!outcome.ok && outcome.error.type).toBe('puck.uno/error/not_found');
  });
});

describe('the net', () => {
  const grants = Grants.parse({ allowNet: ['127.0.0.1'] });

  it('is the user’s alone, and reports who asked and where', async () => {
    await using net = openNet(grants);
    const seen: unknown[] = [];
    net.on('decision', (decision) => seen.push(decision));
    const libraries = () => 'class\nmethod get($net, $url)\nreturn [%net, $net.fetch($url).status]\nend\nend';
    const source = 'puts %net.fetch(%argv[0]).status\nputs %["my.org/lib"].new().get(%net, %argv[0])';
    const { stdout } = await run(source, { net, libraries }, [`${api.base}/text`]);
    expect(stdout).toBe('200\n\n200\n');
    expect(seen).toMatchObject([
      { role: 'user', file: 'test.casp', line: 1, verdict: 'allowed' },
      { role: expect.stringContaining('my.org/lib'), line: 3, verdict: 'allowed' },
    ]);
  });

  it('ends a run that is blocked when the host revokes it', async () => {
    await using net = openNet(grants);
    const narrow = net.narrow(['127.0.0.1']);
    narrow.on('decision', () => setImmediate(() => net.revoke(narrow)));
    const { outcome } = await run('%net.fetch(%argv[0])', { net: narrow }, [`${api.base}/hang`]);
    expect(!outcome.ok && outcome.error.type).toBe('puck.uno/error/network/revoked');
  });

  it('is left open by the engine, and closes what the script forgot', async () => {
    await using net = openNet(grants);
    const before = sockets();
    for (let round = 0; round < 20; round++) {
      const { outcome } = await run('$forgotten = %net.tcp("127.0.0.1", %argv[0].to_int)\n1', { net }, [
        String(api.port),
      ]);
      expect(outcome.ok).toBe(true);
    }
    await until(() => sockets() <= before);
    expect((await net.fetch(`${api.base}/text`)).status).toBe(200);
  });

  it('leaves no socket of a script that is ended while it waits', async () => {
    await using net = openNet(grants);
    const before = sockets();
    const source = '$sock = %net.tcp("127.0.0.1", %argv[0].to_int)\n%net.fetch(%argv[1])';
    const args = [String(api.port), `${api.base}/hang`];
    const { outcome } = await run(source, { net, limits: { timeMs: 300 } }, args);
    expect(outcome).toMatchObject({ ok: false, alarm: 'puck.uno/alarm/time_limit' });
    await until(() => sockets() <= before);
  });
});

describe('closing', () => {
  it('ends what runs and refuses what comes', async () => {
    const started = Promise.withResolvers<void>();
    const stdout = new Writable({
      write(_chunk, _encoding, done) {
        started.resolve();
        done();
      },
    });
    const engine = new Engine({ stdout });
    const running = engine.run({ source: 'puts "started"\n%stdout.flush\nforever\n$a = 1\nend' });
    await started.promise;
    await engine.close();
    expect((await running).ok).toBe(false);
    await expect(engine.run({ source: '1' })).rejects.toMatchObject({ code: 'ARGUMENT' });
  });
});

function sockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
}

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 50_000; turn++) {
    if (condition()) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  throw new Error('it did not come to be');
}
