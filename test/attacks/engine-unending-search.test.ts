/** Attack: a search that takes text length times pattern length, inside of V8, where no limit can end it. */
import { expect, it } from 'vitest';
import { runScript } from '../helpers/script.ts';

it.each([
  ['contains?', '$t.contains?($p)'],
  ['index', '$t.index($p)'],
  ['last_index', '$t.last_index($p)'],
  ['split', '$t.split($p)'],
  ['replace', '$t.replace($p, "x")'],
  ['sub', '$t.sub($p, "x")'],
  ['bytes.contains?', '$t.bytes.contains?($p.bytes)'],
])(
  'is ended by the time limit, thread and all: %s',
  async (_name, act) => {
    const source = `$t = 'a' * 20000000\n$p = 'a' * 500000 + 'b' + 'a' * 500000\n${act}`;
    const start = performance.now();
    const { outcome } = await runScript(source, { limits: { timeMs: 500 } });
    // runScript closes the engine, which waits for the thread.
    expect(performance.now() - start).toBeLessThan(5_000);
    if (!outcome.ok) expect(outcome.alarm).toBe('puck.uno/alarm/time_limit');
  },
  15_000,
);
