/**
 * What both contestants of a row call through: a net that a grant decides for, or an egress with rates, slots and a journal
 * on SQLite in a file.
 */
import { join } from 'node:path';
import { host } from '../product.ts';

const { Grants, openEgress, openNet } = await host();

export function openPlain(url: string) {
  return openNet(Grants.parse({ allowNet: [new URL(url).host] }));
}

/** The egress, and the URL by a name: literals are refused. */
export async function openPolicy(url: string, folder: string) {
  const target = new URL(url);
  const egress = await openEgress({ state: `sqlite:${join(folder, 'egress.db')}`, resolve: async () => ['127.0.0.1'] });
  await egress.allow(`bench.test:${target.port}`, { httpsOnly: false, allowAddresses: ['127.0.0.1'] });
  for (const name of ['app_rate', 'total_rate']) await egress.set(name, '1000000000/s');
  target.hostname = 'bench.test';
  return { egress, url: target.href };
}
