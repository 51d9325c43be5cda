/** Attack: the length of a piece points outside of the mailbox, to read the kernel's memory or to make it throw. */
import { expect, it } from 'vitest';
import { MAILBOX_BYTES } from '../../src/wire/layout.ts';
import { WireViolation } from '../../src/wire/violation.ts';
import { openRawLink } from '../helpers/raw-link.ts';

for (const length of [-1, MAILBOX_BYTES + 1, 2 ** 31 - 1, -(2 ** 31)]) {
  it(`ends the link at a length of ${length}`, async () => {
    const link = openRawLink(() => null);
    link.send({ operation: 1, length });
    expect(await link.ended()).toBeInstanceOf(WireViolation);
  });
}

it('takes a piece that fills the mailbox to the last byte', async () => {
  const lengths: number[] = [];
  const link = openRawLink((_operation, _handle, bytes) => {
    lengths.push(bytes.length);
    return null;
  });
  await link.ask({ operation: 1, length: MAILBOX_BYTES });
  expect(lengths).toEqual([MAILBOX_BYTES]);
  link.link.close(null);
});
