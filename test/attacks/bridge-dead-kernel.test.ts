/** Attack: the kernel's thread dies while a script waits for it. The script must get an error, not a hang. */

import { fileURLToPath } from 'node:url';
import { MessageChannel, Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { createLinkBuffer } from '../../src/wire/layout.ts';

const guestModule = fileURLToPath(new URL('../../dist/guest.js', import.meta.url));

const SCRIPT = `
const { parentPort, workerData } = require('node:worker_threads');
import(workerData.module).then(({ connectNet }) => {
  const net = connectNet(workerData.guest, { silenceMs: 300 });
  const raised = [];
  for (let call = 0; call < 2; call++) {
    try { net.fetch('http://127.0.0.1/', { timeout: null }); } catch (error) { raised.push(error.code); }
  }
  parentPort.postMessage(raised);
});
`;

it('raises in a script whose kernel shows no sign of life, then and from then on', async () => {
  // Nobody serves the other end: a kernel that has gone.
  const { port2 } = new MessageChannel();
  const guest = { memory: createLinkBuffer(), port: port2 };
  const worker = new Worker(SCRIPT, { eval: true, workerData: { guest, module: guestModule }, transferList: [port2] });
  const raised = await new Promise((resolve, reject) => {
    worker.on('message', resolve);
    worker.on('error', reject);
  });
  await worker.terminate();
  expect(raised).toEqual(['NET_SOCKET', 'NET_SOCKET']);
});
