/**
 * Attack: an event stream whose lines end with CR alone, as the standard lets them, so that none of the short ones that are
 * kept without end is counted; and comments so ended, to count down what was.
 */
import { expect, test } from 'vitest';
import type { CaspianError } from '../../src/errors/classes.ts';
import { EventParser } from '../../src/net/stream/event-parser.ts';

const AT_ONCE = 16_384;
/** Feeds of so many lines until there are more than a stream may have without an event. */
const FEEDS = 1_048_576 / AT_ONCE;

function feedUntilBroken(...texts: readonly string[]): { broken: CaspianError | null; feeds: number } {
  let broken: CaspianError | null = null;
  const listener = {
    event: () => {},
    retry: () => {},
    broken: (error: CaspianError) => {
      broken ??= error;
    },
  };
  const parser = new EventParser(listener, { lastId: '', maxEvent: 2 ** 24 });
  let feeds = 0;
  for (const text of texts) {
    const chunk = Buffer.from(text.repeat(AT_ONCE));
    for (let feed = 0; feed < FEEDS + 1 && broken === null; feed++) {
      parser.feed(chunk);
      feeds += 1;
    }
  }
  return { broken, feeds };
}

test.each(['\n', '\r', '\r\n'])('lines that end with %j count', (end) => {
  expect(feedUntilBroken(`data:${end}`)).toMatchObject({ broken: { code: 'NET_PROTOCOL' }, feeds: FEEDS + 1 });
});

test.each(['\n', '\r', '\r\n'])('comments that end with %j count neither up nor down', (end) => {
  expect(feedUntilBroken(`:${end}`)).toEqual({ broken: null, feeds: FEEDS + 1 });
  expect(feedUntilBroken(`:${end}`, 'data:\n').feeds).toBe(2 * (FEEDS + 1));
});

test('an end that comes in two pieces is one', () => {
  let broken = false;
  const parser = new EventParser(
    {
      event: () => {},
      retry: () => {},
      broken: () => {
        broken = true;
      },
    },
    { lastId: '', maxEvent: 2 ** 24 },
  );
  const first = Buffer.from(`${'data:\r\n'.repeat(AT_ONCE - 1)}data:\r`);
  const rest = Buffer.from(`\n${'data:\r\n'.repeat(AT_ONCE - 1)}data:\r`);
  parser.feed(first);
  for (let feed = 1; feed < FEEDS; feed++) parser.feed(rest);
  expect(broken).toBe(false);
  parser.feed(Buffer.from('\ndata:\n'));
  expect(broken).toBe(true);
});
