/** Attack: many short runs, well and badly ended, at once and in turn, to leave threads, sockets, timers or listeners. */
import { expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import { keeper } from '../helpers/script.ts';
import { startTcp, testNet, until } from '../helpers/tcp-server.ts';

const SCRIPTS = [
  '1',
  'raise "my.org/x", "y"',
  '(',
  '%process.exit(3)',
  'puts 1',
  `$s = %net.tcp('127.0.0.1', %argv[0].to_int)\n$s.send('x')`,
  `%net.tcp('127.0.0.1', %argv[0].to_int)\nraise 'my.org/x', 'y'`,
  `%net.narrow(['*']).http.client.new().jail('a.test')`,
];

function resources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) {
    // An Immediate is a turn of the loop that is just being taken.
    if (kind !== 'Immediate') counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

const sum = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);

it('leaves nothing behind', async () => {
  await using server = await startTcp();
  await using net = testNet();
  const before = resources();
  const { stream } = keeper();
  const listeners = stream.eventNames().length;
  await using engine = new Engine({ net, stdout: stream, stderr: stream, limits: { timeMs: 10_000 } });
  const args = [String(server.port)];
  for (let round = 0; round < 8; round++) {
    const outcomes = await Promise.all(SCRIPTS.map((source) => engine.run({ source, args })));
    expect(outcomes.filter(({ ok }) => ok).length).toBe(5);
  }
  for (let turn = 0; turn < server.accepted; turn++) (await server.accept()).destroy();
  await until(() => sum(resources()) <= sum(before), `nothing more than before: ${JSON.stringify(before)}`);
  expect(stream.eventNames().length).toBeLessThanOrEqual(listeners + 1);
  expect(stream.listenerCount('error')).toBeLessThanOrEqual(1);
});

it('ends all at once when it is closed, whatever they do', async () => {
  await using server = await startTcp();
  await using net = testNet();
  const engine = new Engine({ net });
  const scripts = [
    'forever\n$x = 1\nend',
    '%utils.sleep(1000)',
    `%net.tcp('127.0.0.1', ${server.port}).recv(1, timeout: null)`,
  ];
  const runs = scripts.map((source) => engine.run({ source }));
  const peer = await server.accept();
  const gone = new Promise<void>((resolve) => peer.resume().on('end', resolve).on('close', resolve));
  await engine.close();
  for (const outcome of await Promise.all(runs))
    expect(outcome).toMatchObject({ ok: false, alarm: 'puck.uno/alarm/stopped' });
  await gone;
  await expect(engine.run({ source: '1' })).rejects.toMatchObject({ code: 'ARGUMENT' });
});
