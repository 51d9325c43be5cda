/** Attack: runs that are ended while they wait for input: each must give the host's stream back, with all that comes. */
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import { runScript } from '../helpers/script.ts';

it('leaves no listener on the stream and takes nothing of what comes later', async () => {
  const stdin = new Readable({ read() {} });
  for (let turn = 0; turn < 3; turn++) {
    await using engine = new Engine({ stdin, limits: { timeMs: 150 } });
    const outcome = await engine.run({ source: '%stdin.read_line' });
    expect(outcome).toMatchObject({ ok: false, alarm: 'puck.uno/alarm/time_limit' });
  }
  const events = ['readable', 'end', 'close', 'error'];
  expect(events.map((event) => stdin.listenerCount(event))).toEqual([0, 0, 0, 0]);
  stdin.push('for the next\n');
  stdin.push(null);
  expect((await runScript('print %stdin.read', { stdin })).stdout).toBe('for the next\n');
});
