/**
 * CPU time that a process uses while its script is blocked in a read of a socket on which nothing comes, in ms.
 * `idle` as an argument: the same process with nobody blocked.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { guest, host } from '../product.ts';
import { answerRounds } from '../rounds.mjs';

/** Until whatever the connection began is over. */
const SETTLE_MS = 300;

if (isMainThread) {
  if (process.argv[2] !== 'idle') await blockScript();
  await setTimeout(SETTLE_MS);
  await answerRounds(async (ms) => {
    const before = process.cpuUsage();
    await setTimeout(ms);
    const { user, system } = process.cpuUsage(before);
    return { value: (user + system) / 1000 };
  });
} else {
  const { connectNet } = await guest();
  connectNet(workerData.link).tcp('127.0.0.1', workerData.port).recv(1, { timeout: null });
}

async function blockScript(): Promise<void> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const { Grants, openNet, serveNet } = await host();
  const link = serveNet(openNet(Grants.parse({ allowNet: [`127.0.0.1:${port}`] })));
  new Worker(import.meta.filename, {
    workerData: { link: link.guest, port },
    transferList: link.transferList,
  });
  await once(server, 'connection');
}
