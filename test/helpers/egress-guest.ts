/** A script's thread that makes one call with a secret and then stays, so that its memory can be looked at. */
import { parentPort, workerData } from 'node:worker_threads';
import { connectNet } from '../../src/guest.ts';

const net = connectNet(workerData.net);
const response = net.fetch(`${workerData.url}/x`, { auth: 'KEY' });
parentPort?.postMessage(response.status);
parentPort?.on('message', () => {});
