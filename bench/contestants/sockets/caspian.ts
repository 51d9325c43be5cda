/**
 * A script's thread over our link. Arguments: what is measured, and the port of the server for it. The policy is on.
 */
import { isMainThread, workerData } from 'node:worker_threads';
import type { Sample } from '../../harness/row.ts';
import { guest, host } from '../product.ts';
import { rateBlocking } from '../rounds.mjs';
import { answerFromThread, performRounds } from '../threads.ts';

const PIECE = 65_536;
const MB = 1_000_000;
/** Reads that are timed together: half of what a ring holds. */
const READS = 4_096;
/** Long enough for the kernel to fill the ring. */
const PAUSE_MS = 2;

if (isMainThread) {
  const [what = '', port] = process.argv.slice(2);
  const { Grants, openNet, serveNet } = await host();
  const grants = Grants.parse({ allowNet: [`127.0.0.1:${port}`, '*.example.org'], denyNet: ['metadata'] });
  const link = serveNet(openNet(grants));
  await answerFromThread(import.meta.filename, { link: link.guest, what, port: Number(port) }, link.transferList);
} else {
  const { link, what, port } = workerData;
  const { connectNet } = await guest();
  const socket = connectNet(link).tcp('127.0.0.1', port);
  const ping = new Uint8Array(64).fill(120);
  const piece = new Uint8Array(PIECE);

  /** Megabytes a second. */
  const bulk = (ms: number, step: () => number): Sample => {
    const start = performance.now();
    let bytes = 0;
    let now = start;
    for (; now - start < ms; now = performance.now()) for (let turn = 0; turn < 16; turn++) bytes += step();
    return { value: bytes / MB / ((now - start) / 1000) };
  };

  /** Nanoseconds of one read, where what it reads is in the ring already. */
  const reads = (ms: number, step: () => unknown): Sample => {
    const nothing = new Int32Array(new SharedArrayBuffer(4));
    const until = performance.now() + ms;
    const times: number[] = [];
    while (performance.now() < until) {
      Atomics.wait(nothing, 0, 0, PAUSE_MS);
      const start = performance.now();
      for (let turn = 0; turn < READS; turn++) step();
      times.push(((performance.now() - start) / READS) * 1e6);
    }
    times.sort((a, b) => a - b);
    return { value: times[times.length >> 1] ?? Number.NaN };
  };

  const rounds: Readonly<Record<string, (ms: number) => Sample>> = {
    'ping-pong': (ms) =>
      rateBlocking(ms, () => {
        socket.sendAll(ping);
        if (socket.recvExact(64)?.length !== 64) throw new Error('not the answer');
      }),
    receive: (ms) => bulk(ms, () => socket.recv(PIECE)?.length ?? 0),
    send: (ms) =>
      bulk(ms, () => {
        socket.sendAll(piece);
        return PIECE;
      }),
    'recv-64': (ms) => reads(ms, () => socket.recv(64)),
    line: (ms) => reads(ms, () => socket.recvLine()),
  };
  const round = rounds[what];
  if (round === undefined) throw new Error(`nothing is called ${what}`);
  performRounds(round);
}
