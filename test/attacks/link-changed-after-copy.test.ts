/** Attack: the mailbox is changed between the kernel's check and its use (time of check, time of use). */
import { expect, it } from 'vitest';
import { decodeAll } from '../../src/wire/codec.ts';
import { encodeArguments, openRawLink } from '../helpers/raw-link.ts';

it('hands on the bytes as they were when the request was read', async () => {
  const gate = Promise.withResolvers<void>();
  const link = openRawLink(async (_operation, _handle, bytes) => {
    await gate.promise;
    return decodeAll(bytes);
  });
  link.send({ operation: 1, bytes: encodeArguments('good.test') });
  await link.until(() => link.link.asks() === false);
  link.memory.mailbox.set(encodeArguments('evil.test'));
  gate.resolve();
  const { piece } = await link.reply();
  expect(Buffer.from(piece).includes('good.test')).toBe(true);
  expect(Buffer.from(piece).includes('evil.test')).toBe(false);
  link.link.close(null);
});
