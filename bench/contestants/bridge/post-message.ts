/**
 * The round trip that anybody would write: a message each way, and Atomics.notify to end the wait.
 */
import { isMainThread, MessageChannel, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { latencyBlocking } from '../rounds.mjs';
import { answerFromThread, performRounds } from '../threads.ts';

if (isMainThread) {
  const { port1, port2 } = new MessageChannel();
  const answered = new Int32Array(new SharedArrayBuffer(4));
  port1.on('message', (message) => {
    port1.postMessage(message);
    Atomics.add(answered, 0, 1);
    Atomics.notify(answered, 0);
  });
  await answerFromThread(import.meta.filename, { port: port2, answered }, [port2]);
} else {
  const { port, answered } = workerData;
  performRounds((ms) =>
    latencyBlocking(ms, () => {
      const before = Atomics.load(answered, 0);
      port.postMessage(null);
      while (Atomics.load(answered, 0) === before) Atomics.wait(answered, 0, before);
      if (receiveMessageOnPort(port) === undefined) throw new Error('the answer is not there');
    }),
  );
}
