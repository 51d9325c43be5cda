import { expect, it } from 'vitest';
import { unserved } from './dispatch.ts';

it('serves every operation of the table', async () => {
  expect(await unserved()).toEqual([]);
});
