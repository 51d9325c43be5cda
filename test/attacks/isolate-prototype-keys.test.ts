/** A key `__proto__` in what a guest sends: it reaches no prototype, and no merge of the host's finds it. */
import { afterAll, expect, it } from 'vitest';
import { decodeClone } from '../../src/isolate/wire/clone/reader.ts';
import { CloneWriter } from '../../src/isolate/wire/clone/writer.ts';
import { WireViolation } from '../../src/wire/violation.ts';
import { nextMessage, openSandbox } from '../helpers/isolates.ts';

const sandbox = openSandbox();
afterAll(() => sandbox.shutdown());

it('is refused by an honest guest', async () => {
  const guest = await sandbox.createIsolate();
  const name = await guest.evaluate(
    `let n; try { NETWORK.send('x', JSON.parse('{"__proto__": {"polluted": 1}}')) } catch (e) { n = e.name + ': ' + e.message } n`,
  );
  expect(name).toBe('DataCloneError: a key __proto__ can not be cloned');
});

it('is dropped where a hostile one sends it', async () => {
  // The same length, so that only the name of the key changes.
  const bytes = new CloneWriter().encode({ __proto_x: { polluted: 1 }, a: 1 }).slice();
  const text = Buffer.from(bytes.buffer).toString('latin1').replace('__proto_x', '__proto__');
  const decoded = decodeClone(Buffer.from(text, 'latin1')) as { a: number; polluted?: unknown };
  expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
  expect([decoded.polluted, Object.keys(decoded)]).toEqual([undefined, ['a']]);
});

it('other words of Object.prototype are plain data', async () => {
  const guest = await sandbox.createIsolate();
  const got = nextMessage<{ constructor: unknown }>(guest, 'x');
  guest.execute(`NETWORK.send('x', { constructor: { prototype: { polluted: 1 } }, toString: 1, hasOwnProperty: 2 })`);
  expect(Object.keys(await got)).toEqual(['constructor', 'toString', 'hasOwnProperty']);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

it('what is no value is a violation, and nothing else', () => {
  const good = new CloneWriter().encode([1, 'a', new Map([[1, new Uint8Array(3)]]), new Error('x'), /a/g, 5n]).slice();
  for (let at = 0; at < good.length; at++) {
    for (const byte of [0, 7, 13, 14, 18, 19, 255]) {
      const bad = good.slice();
      bad[at] = byte;
      try {
        decodeClone(bad);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(WireViolation);
      }
    }
    expect(() => decodeClone(good.subarray(0, at))).toThrow(WireViolation);
  }
});
