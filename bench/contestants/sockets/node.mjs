/**
 * node:net. Arguments: what is measured, and the port of the server for it.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { answerRounds, rateAwaited, rateCalledBack } from '../rounds.mjs';

const [what, port] = process.argv.slice(2);
const PING = Buffer.alloc(64, 'x');
const PIECE = Buffer.alloc(65_536);
const MB = 1_000_000;

let received = 0;
let arrived = () => {};
const onBytes = (count) => {
  received += count;
  arrived();
};
const buffer = Buffer.allocUnsafeSlow(65_536);
const onread = { buffer, callback: (count) => onBytes(count) };
const socket = connect({ port: Number(port), host: '127.0.0.1', ...(what === 'receive-onread' ? { onread } : {}) });
socket.setNoDelay(true);
await once(socket, 'connect');
socket.pause();

/** Megabytes a second of what `run` moves in about so many milliseconds. */
async function rate(ms, run) {
  const start = performance.now();
  const bytes = await run(start + ms);
  return { value: bytes / MB / ((performance.now() - start) / 1000) };
}

/** Reads, as fast as the loop turns, until a point in time. */
async function receive(until) {
  received = 0;
  const { promise, resolve } = Promise.withResolvers();
  arrived = () => {
    if (performance.now() < until) return;
    socket.pause();
    resolve();
  };
  socket.resume();
  await promise;
  return received;
}

async function send(until) {
  let sent = 0;
  while (performance.now() < until) {
    sent += PIECE.length;
    if (!socket.write(PIECE)) await once(socket, 'drain');
  }
  return sent;
}

const answer = () =>
  new Promise((resolve) => {
    let left = PING.length;
    arrived = () => {};
    onAnswer = (count) => {
      left -= count;
      if (left === 0) resolve();
    };
    socket.write(PING);
  });

let onAnswer = (count) => onBytes(count);
if (what !== 'receive-onread') socket.on('data', (data) => onAnswer(data.length));

if (what === 'receive' || what === 'receive-onread') await answerRounds((ms) => rate(ms, receive));
else if (what === 'send') await answerRounds((ms) => rate(ms, send));
else {
  socket.resume();
  if (what === 'ping-pong') await answerRounds((ms) => rateAwaited(ms, answer));
  else {
    await answerRounds((ms) =>
      rateCalledBack(ms, (next) => {
        let left = PING.length;
        onAnswer = (count) => {
          left -= count;
          if (left === 0) next();
        };
        socket.write(PING);
      }),
    );
  }
}
