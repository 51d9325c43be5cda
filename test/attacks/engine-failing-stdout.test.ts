/** Attack: make the host's output stream fail by writing to it, so that its error event ends the host. */
import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { runScript } from '../helpers/script.ts';

const SCRIPT = 'puts "a"\n%stdout.flush\neputs "b"\n%stdout.flush\nputs "c"\n7';

it.each<[string, () => Writable]>([
  [
    'answers each write with an error',
    () => new Writable({ write: (_chunk, _encoding, done) => done(new Error('full')) }),
  ],
  [
    'fails later',
    () =>
      new Writable({
        write(_chunk, _encoding, done) {
          setImmediate(() => this.destroy(new Error('gone')));
          done();
        },
      }),
  ],
  ['has ended', () => new Writable({ write: (_chunk, _encoding, done) => done() }).end()],
  ['is destroyed', () => new Writable({ write: (_chunk, _encoding, done) => done() }).destroy()],
])('outlives a stream that %s', async (_name, make) => {
  const { outcome } = await runScript(SCRIPT, { stdout: make(), stderr: make() });
  expect(outcome).toMatchObject({ ok: true, value: 7 });
});

it('makes an error of the script of a stream that throws', async () => {
  const throws = new Writable();
  throws.write = () => {
    throw new Error('at /secret/place.ts');
  };
  const { outcome } = await runScript('puts "a"\n%stdout.flush', { stdout: throws });
  expect(outcome.ok).toBe(false);
  expect(JSON.stringify(outcome)).not.toContain('secret');
});

it('ends a run by its limit while the stream takes nothing', async () => {
  const stuck = new Writable({ highWaterMark: 1, write() {} });
  const { outcome } = await runScript('forever\nputs "x" * 9000\nend', { stdout: stuck, limits: { timeMs: 200 } });
  expect(outcome).toMatchObject({ ok: false, alarm: 'puck.uno/alarm/time_limit' });
  // Nothing queues up in the host: the script waits for each batch.
  expect(stuck.writableLength).toBeLessThan(100_000);
});

it('leaves the host its own listeners', async () => {
  const failing = new Writable({ write: (_chunk, _encoding, done) => done(new Error('full')) });
  const heard = new Promise<Error>((resolve) => failing.on('error', resolve));
  await runScript('puts "a"', { stdout: failing });
  expect((await heard).message).toBe('full');
});
