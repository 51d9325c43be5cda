/**
 * GETs by a script's thread over our link, each body read whole. Arguments: URL, bytes of the body. The policy is on:
 * rules to match, and a deny rule on addresses, so that every address is vetted.
 */
import { isMainThread } from 'node:worker_threads';
import { host } from '../product.ts';
import { performGets } from '../script-gets.ts';
import { answerFromThread } from '../threads.ts';

if (isMainThread) {
  const [url = '', size] = process.argv.slice(2);
  const { Grants, openNet, serveNet } = await host();
  const grants = Grants.parse({
    allowNet: [new URL(url).host, 'api.example.com:443', '*.example.org'],
    denyNet: ['metadata'],
  });
  const link = serveNet(openNet(grants));
  await answerFromThread(import.meta.filename, { link: link.guest, url, size: Number(size) }, link.transferList);
} else await performGets();
