/** A script's thread that makes calls with a secret, in each way and with each end, and then stays, so that its memory can be looked at. */
import { parentPort, workerData } from 'node:worker_threads';
import { connectNet } from '../../src/guest.ts';

const net = connectNet(workerData.net);
/** Held, so that nothing of it is gone when somebody looks. */
export const held: unknown[] = [];
const statuses: number[] = [];
for (const auth of [
  'KEY',
  { secret: 'KEY', as: 'basic' },
  { secret: 'KEY', as: 'header:X-Key' },
  { secret: 'KEY', as: 'query:k' },
] as const) {
  const response = net.fetch(`${workerData.url}/x`, { auth });
  held.push(response, response.headers, response.url, response.text());
  statuses.push(response.status);
  try {
    net.fetch(`${workerData.url}/away`, { auth });
  } catch (error) {
    held.push(error);
  }
}
const client = net.http.client.new({ auth: 'KEY', baseUrl: workerData.url });
held.push(client, client.get('/y'));
parentPort?.postMessage(statuses);
parentPort?.on('message', () => {});
