/**
 * GETs one after another through `Net`, in the kernel's own thread. Arguments: the URL, the body's length, and `plain` (a
 * grant decides) or `egress` (policy, rates, slots, journal on SQLite in a file).
 */
import { join } from 'node:path';
import { host } from '../product.ts';
import { answerRounds, rateAwaited } from '../rounds.mjs';

const [, , url = '', size = '', kind = '', folder = ''] = process.argv;
const { Grants, openEgress, openNet } = await host();
const length = Number(size);
const CALLS_PER_RUN = 50;
const target = new URL(url);

async function open() {
  if (kind === 'plain') return openNet(Grants.parse({ allowNet: [target.host] }));
  const egress = await openEgress({ state: `sqlite:${join(folder, 'egress.db')}`, resolve: async () => ['127.0.0.1'] });
  await egress.allow(`bench.test:${target.port}`, { httpsOnly: false, allowAddresses: ['127.0.0.1'] });
  for (const name of ['app_rate', 'total_rate']) await egress.set(name, '1000000000/s');
  target.hostname = 'bench.test';
  // As a host has it: a net for each run, and so many calls in one as a run makes by default.
  let [run, calls] = [egress.net({ app: 'bench' }), 0];
  return {
    fetch(asked: string) {
      if (++calls % CALLS_PER_RUN === 0) run = egress.net({ app: 'bench' });
      return run.fetch(asked);
    },
  };
}

const net = await open();

async function get(): Promise<void> {
  const response = await net.fetch(target.href);
  const body = await response.bytes();
  if (response.status !== 200 || body.length !== length) throw new Error(`${response.status}, ${body.length} bytes`);
}

await answerRounds((ms) => rateAwaited(ms, get));
