/** Attack: outlive the limits of time and CPU: in loops, asleep, blocked in the kernel, in ensure, in catch, in callbacks. */
import { expect, it } from 'vitest';
import { runScript } from '../helpers/script.ts';
import { openSockets, startTcp, testNet, until } from '../helpers/tcp-server.ts';

const BLOCKED: readonly (readonly [string, string])[] = [
  ['a loop', 'forever\n$x = 1\nend'],
  ['a sleep', '%utils.sleep(1000)'],
  ['a receive', `%net.tcp('127.0.0.1', $port).recv(1, timeout: null)`],
  ['a send', `%net.tcp('127.0.0.1', $port).send_all('x' * 100000000, timeout: null)`],
  ['a handshake', `%net.tls('127.0.0.1', $port, timeout: null)`],
  ['a fetch', `%net.fetch("http://127.0.0.1:#{$port}/", timeout: null)`],
  ['a library that never comes', `%puck['a.com/never']`],
  ['an ensure', 'begin\n$x = 1\nensure\nforever\n$x = 1\nend\nend'],
  ['a catch of everything', `forever\ncatch('puck.uno/error', 'puck.uno/alarm')\n%utils.sleep(1000)\nend\nend`],
  [
    'a time-out of its own',
    'forever\ncatch("puck.uno/error")\n%utils.timeout(0.01) do\n%utils.sleep(1)\nend\nend\nend',
  ],
  ['a comparator', '[1, 2, 3].sort do($a, $b)\nforever\n$x = 1\nend\nend'],
  ['a to_string', '$c = class\nmethod to_string\nforever\n$x = 1\nend\nend\nend\nputs $c.new()'],
  ['a capture', '%stdout.capture do\nforever\nputs 1\n%stdout.flush\nend\nend'],
];

it.each(BLOCKED)('is ended in %s, and leaves no socket', async (_name, script) => {
  await using server = await startTcp();
  await using net = testNet();
  const before = openSockets();
  const libraries = (): Promise<string> => new Promise(() => {});
  const start = performance.now();
  const { outcome } = await runScript(`$port = ${server.port}\n${script}`, { net, libraries, limits: { timeMs: 300 } });
  expect(outcome).toMatchObject({ ok: false, alarm: 'puck.uno/alarm/time_limit' });
  expect(performance.now() - start).toBeLessThan(3_000);
  await server[Symbol.asyncDispose]();
  await until(() => openSockets() <= before, 'no socket is left');
});

it('is ended when the CPU time is used up, also in many short pieces', async () => {
  for (const script of [
    'forever\n$x = 1\nend',
    'forever\ncatch("puck.uno/error")\nraise "my.org/x", "y"\nend\n%utils.sleep(0.0001)\nend',
  ]) {
    const { outcome } = await runScript(script, { limits: { cpuMs: 200, timeMs: 15_000 } });
    expect(outcome).toMatchObject({ ok: false, alarm: 'puck.uno/alarm/cpu_limit' });
  }
});

it('pays nothing for waiting', async () => {
  const { outcome } = await runScript('%utils.sleep(0.6)\n7', { limits: { cpuMs: 400 } });
  expect(outcome).toMatchObject({ ok: true, value: 7 });
});
