/** Attack: a script's thread skips, repeats or rewinds request numbers to confuse which reply belongs to which call. */
import { expect, it } from 'vitest';
import { WireViolation } from '../../src/wire/violation.ts';
import { openRawLink } from '../helpers/raw-link.ts';

for (const number of [2, 7, -1, 2 ** 31 - 1, -(2 ** 31)]) {
  it(`ends the link at request ${number} in place of 1`, async () => {
    const served: number[] = [];
    const link = openRawLink((operation) => {
      served.push(operation);
      return null;
    });
    link.send({ operation: 1, number });
    expect(await link.ended()).toBeInstanceOf(WireViolation);
    expect(served).toEqual([]);
  });
}
