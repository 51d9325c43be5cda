/** Attack: a script that is somewhere Ctrl-C does not reach: in a loop, asleep, in a read, in a write, in a net call. */
import { expect, it } from 'vitest';
import { launch } from '../helpers/launcher.ts';
import { startTcp } from '../helpers/tcp-server.ts';

/** Far less than any of these scripts would take by itself. */
const AT_ONCE_MS = 3_000;

it.each([
  ['a loop', 'eputs "ready"\nforever\n$x = 1\nend'],
  ['a sleep', 'eputs "ready"\n%utils.sleep(1000)'],
  ['a read of standard input', 'eputs "ready"\n%stdin.read'],
  ['a catch of everything in a loop', 'eputs "ready"\nforever\ncatch("puck.uno/error")\n%utils.sleep(1000)\nend\nend'],
  ['an ensure that never ends', 'begin\neputs "ready"\n%utils.sleep(1000)\nensure\nforever\n$x = 1\nend\nend'],
])('ends at once with 130: %s', async (_name, script) => {
  const { child, says, ended, printed } = launch(['-e', script]);
  await says('ready');
  const start = performance.now();
  child.kill('SIGINT');
  expect(await ended).toEqual({ code: 130, signal: null });
  expect(performance.now() - start).toBeLessThan(AT_ONCE_MS);
  expect(printed.stderr).toBe('ready\n');
});

it('ends at once while nobody reads what the script prints', async () => {
  const { child, says, ended } = launch(['-e', 'eputs "ready"\nforever\nputs "x" * 100000\nend'], { read: false });
  await says('ready');
  const start = performance.now();
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
  expect(performance.now() - start).toBeLessThan(AT_ONCE_MS);
});

it('ends at once in a receive, and the server sees the connection go', async () => {
  await using server = await startTcp();
  const script = `$s = %net.tcp('127.0.0.1', ${server.port})\neputs "ready"\n$s.recv(1, timeout: null)`;
  const { child, says, ended } = launch(['--allow-net=127.0.0.1', '-e', script]);
  const peer = await server.accept();
  const gone = new Promise<void>((resolve) => peer.resume().on('end', resolve).on('close', resolve));
  await says('ready');
  child.kill('SIGINT');
  expect(await ended).toEqual({ code: 130, signal: null });
  await gone;
});
