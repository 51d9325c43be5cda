/** Attack: a request in pieces that never ends, to fill the kernel's memory. */
import { expect, it } from 'vitest';
import { MAX_REQUEST_BYTES, Status } from '../../src/wire/layout.ts';
import { WireViolation } from '../../src/wire/violation.ts';
import { openRawLink } from '../helpers/raw-link.ts';

it('ends the link once the pieces are more than a request may have', async () => {
  const mailbox = 1024 * 1024 * 4;
  const link = openRawLink(() => null, mailbox);
  const bytes = new Uint8Array(mailbox);
  for (let sent = mailbox; sent <= MAX_REQUEST_BYTES; sent += mailbox) {
    expect((await link.ask({ operation: 1, bytes, more: true })).status).toBe(Status.CONTINUE);
  }
  link.send({ operation: 1, bytes, more: true });
  expect(await link.ended()).toBeInstanceOf(WireViolation);
});

it('ends the link at pieces of nothing', async () => {
  const link = openRawLink(() => null);
  link.send({ operation: 1, more: true });
  expect(await link.ended()).toBeInstanceOf(WireViolation);
});
