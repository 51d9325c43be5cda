/** GETs one after another by a script's thread over our link. Arguments: as of fetch.ts. */
import { isMainThread } from 'node:worker_threads';
import { host } from '../product.ts';
import { performGets } from '../script-gets.ts';
import { answerFromThread } from '../threads.ts';

const CALLS_OF_A_RUN = 1_000_000;

if (isMainThread) {
  const [, , given = '', size = '', kind = '', folder = ''] = process.argv;
  const { openPlain, openPolicy } = await import('./open.ts');
  const { serveNet } = await host();
  const open = async () => {
    if (kind === 'plain') return { net: openPlain(given), url: given };
    const { egress, url } = await openPolicy(given, folder);
    await egress.set('calls_per_run', CALLS_OF_A_RUN);
    return { net: egress.net({ app: 'bench' }), url };
  };
  const { net, url } = await open();
  const link = serveNet(net);
  await answerFromThread(import.meta.filename, { link: link.guest, url, size: Number(size) }, link.transferList);
} else await performGets();
