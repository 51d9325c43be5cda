/**
 * GETs by a script's thread over our link, each body read whole. Arguments: URL, bytes of the body, and `list` for lists of
 * them. The policy is on: rules to match, and a deny rule on addresses, so that every address is vetted.
 */
import { isMainThread, workerData } from 'node:worker_threads';
import { host } from '../product.ts';
import { performGets, performLists } from '../script-gets.ts';
import { answerFromThread } from '../threads.ts';

if (isMainThread) {
  const [url = '', size, kind = 'one'] = process.argv.slice(2);
  const { Grants, openNet, serveNet } = await host();
  const grants = Grants.parse({
    allowNet: [new URL(url).host, 'api.example.com:443', '*.example.org'],
    denyNet: ['metadata'],
  });
  const link = serveNet(openNet(grants));
  await answerFromThread(import.meta.filename, { link: link.guest, url, size: Number(size), kind }, link.transferList);
} else await (workerData.kind === 'list' ? performLists() : performGets());
