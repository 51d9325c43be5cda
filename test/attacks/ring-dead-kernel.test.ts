/** Attack: the kernel's thread dies while a script waits at a ring, for bytes or for room. It must get an error, not a hang. */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { readText, startTcp } from '../helpers/tcp-server.ts';

const moduleOf = (name: string): string => fileURLToPath(new URL(`../../dist/${name}`, import.meta.url));

const KERNEL = `
const { parentPort, workerData } = require('node:worker_threads');
import(workerData.module).then(({ Grants, openNet, serveNet }) => {
  const link = serveNet(openNet(Grants.parse({ allowNet: ['127.0.0.1'] })));
  parentPort.postMessage(link.guest, link.transferList);
});
`;

const SCRIPT = `
const { parentPort, workerData } = require('node:worker_threads');
import(workerData.module).then(({ connectNet }) => {
  const socket = connectNet(workerData.guest, { silenceMs: 300 }).tcp('127.0.0.1', workerData.port);
  socket.sendAll('!');
  const raised = [];
  for (let call = 0; call < 2; call++) {
    try {
      if (workerData.waits === 'for bytes') socket.recv(1, { timeout: null });
      else for (;;) socket.sendAll(new Uint8Array(1000000), { timeout: null });
    } catch (error) { raised.push(error.code); }
  }
  parentPort.postMessage(raised);
});
`;

function message(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

it.each(['for bytes', 'for room'])('raises in a script that waits %s', async (waits) => {
  await using server = await startTcp();
  const kernel = new Worker(KERNEL, { eval: true, workerData: { module: moduleOf('index.js') } });
  const guest = await message(kernel);
  const transferList = [Object(guest).port];
  const workerData = { guest, module: moduleOf('guest.js'), port: server.port, waits };
  const script = new Worker(SCRIPT, { eval: true, workerData, transferList });
  const raised = message(script);
  const peer = await server.accept();
  await readText(peer, 1);
  peer.pause();
  await kernel.terminate();
  expect(await raised).toEqual(['NET_SOCKET', 'NET_SOCKET']);
  await script.terminate();
});
