import { expect, it } from 'vitest';
import { unmetVersion } from './needs.ts';

const asking = (version: unknown) => ({ engine: { min_version: version } }) as never;

it.each([
  ['0.1', '0.1.0'],
  ['0.1.0', '0.1.0'],
  ['0', '0.1.0'],
  ['1.9', '1.10.0'],
  ['0.9.9', '1.0.0'],
  ['1.2.0-beta', '1.2.0'],
])('%s is met by %s', (asked, own) => {
  expect(unmetVersion(asking(asked), own)).toEqual([]);
});

it.each([
  ['0.2', '0.1.9'],
  ['1.10', '1.9.0'],
  ['0.1.1', '0.1.0'],
  ['2', '1.99.99'],
])('%s is not met by %s', (asked, own) => {
  expect(unmetVersion(asking(asked), own)).toEqual([
    `the script asks for version ${asked} or newer, and this is ${own}`,
  ]);
});

it.each([5, '', 'x', '1.2.3.4', '>=1', null, ['1'], '9'.repeat(1000)])(
  'what can not be read is said, or ignored: %s',
  (asked) => {
    const lines = unmetVersion(asking(asked), '0.1.0');
    expect(lines.map((line) => line.split(':')[0])).toEqual(
      asked === null ? [] : ["the script's engine.min_version can not be read"],
    );
  },
);

it('asks for nothing where nothing is asked', () => {
  expect(unmetVersion({}, '0.1.0')).toEqual([]);
});
