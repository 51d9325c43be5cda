/**
 * The parts of spec/ that are made from tables of the source say what these say now. `npx vitest run test/spec -u`
 * writes them anew.
 */
import { describe, expect, it } from 'vitest';
import { generatedParts, pageNames, pagePath, readPage, regenerate } from '../helpers/spec-page.ts';
import { PARTS } from '../helpers/spec-parts.ts';

const pages = pageNames().filter((page) => generatedParts(readPage(page)).length > 0);

describe('generated parts', () => {
  it.each(pages)('%s is up to date', async (page) => {
    await expect(regenerate(readPage(page), PARTS)).toMatchFileSnapshot(pagePath(page));
  });

  it('are each on one page', () => {
    const used = pages.flatMap((page) => generatedParts(readPage(page)));
    expect([...used].sort()).toEqual(Object.keys(PARTS).sort());
  });
});
