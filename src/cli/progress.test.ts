/** The line of a download: what it says, when it is drawn, and that nothing of it stays. */
import { expect, it } from 'vitest';
import type { Progress } from '../net/http/download.ts';
import { ProgressLine } from './progress.ts';

function terminal() {
  const written: string[] = [];
  let now = 0;
  const line = new ProgressLine({ columns: 200, write: (text) => written.push(text) }, () => now);
  const show = (step: Partial<Progress>, at: number): void => {
    now = at;
    line.show({ to: '/tmp/a\u001b[2J.bin', url: 'http://x/', received: 0, total: 4096, state: 'under way', ...step });
  };
  return { written, show, line };
}

it('says how much there is of how much, at most every 100 ms', () => {
  const { written, show } = terminal();
  show({}, 0);
  show({ received: 1 }, 99);
  show({ received: 1024 }, 100);
  show({ received: 4096, state: 'done' }, 101);
  const bar = (text: string) => `\ra\\u{1b}[2J.bin ${text}\x1b[K`;
  expect(written).toEqual([
    bar('[------------------------] 0% 0 B of 4.0 KiB'),
    bar('[######------------------] 25% 1.0 KiB of 4.0 KiB'),
    '\r\x1b[K',
  ]);
});

it('says how much there is where nobody knows of how much', () => {
  const { written, show, line } = terminal();
  show({ received: 5 * 1024 ** 3, total: null }, 0);
  show({ received: 0, total: null, state: 'failed' }, 1);
  line.clear();
  expect(written).toEqual(['\ra\\u{1b}[2J.bin 5.0 GiB\x1b[K', '\r\x1b[K']);
});
