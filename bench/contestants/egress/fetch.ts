/**
 * GETs one after another through `Net`, in the kernel's own thread. Arguments: the URL, the body's length, `plain` or
 * `egress` (open.ts), and a folder.
 */
import { answerRounds, rateAwaited } from '../rounds.mjs';
import { openPlain, openPolicy } from './open.ts';

const [, , given = '', size = '', kind = '', folder = ''] = process.argv;
const length = Number(size);
const CALLS_PER_RUN = 50;

async function open() {
  if (kind === 'plain') return { net: openPlain(given), url: given };
  const { egress, url } = await openPolicy(given, folder);
  // As a host has it: a net for each run, and so many calls in one as a run makes by default.
  let [run, calls] = [egress.net({ app: 'bench' }), 0];
  const net = {
    fetch(asked: string) {
      if (++calls % CALLS_PER_RUN === 0) run = egress.net({ app: 'bench' });
      return run.fetch(asked);
    },
  };
  return { net, url };
}

const { net, url } = await open();

async function get(): Promise<void> {
  const response = await net.fetch(url);
  const body = await response.bytes();
  if (response.status !== 200 || body.length !== length) throw new Error(`${response.status}, ${body.length} bytes`);
}

await answerRounds((ms) => rateAwaited(ms, get));
