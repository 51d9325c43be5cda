/** Attack: asking for a next piece where there is none, to read another call's answer. */
import { expect, it } from 'vitest';
import { NEXT_PIECE } from '../../src/wire/layout.ts';
import { WireViolation } from '../../src/wire/violation.ts';
import { openRawLink } from '../helpers/raw-link.ts';

it('ends the link before any answer', async () => {
  const link = openRawLink(() => 'secret');
  link.send({ operation: NEXT_PIECE });
  expect(await link.ended()).toBeInstanceOf(WireViolation);
});

it('ends the link after an answer that was whole', async () => {
  const link = openRawLink(() => 'short');
  await link.ask({ operation: 1 });
  link.send({ operation: NEXT_PIECE });
  expect(await link.ended()).toBeInstanceOf(WireViolation);
});
