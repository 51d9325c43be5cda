/**
 * 10,000 random schedules of pieces and pauses, on plain and on TLS connections: whatever the chunking, the delays, the
 * reads that are given up and the lines that are too long, the same bytes come in the same order, each once.
 */
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { TcpSocket } from '../../src/net/socket/tcp-socket.ts';
import { Random } from '../helpers/random.ts';
import { failureOf, tcpPair } from '../helpers/tcp-server.ts';
import { tlsPair } from '../helpers/tls-server.ts';

const SCHEDULES = 10_000;
const PER_CONNECTION = 100;
const AT_ONCE = 10;

interface Ends {
  readonly socket: TcpSocket;
  readonly peer: Socket;
}

async function turns(random: Random): Promise<void> {
  for (let left = random.percent(60) ? 0 : random.between(1, 3); left > 0; left--) await nextTurn();
}

/** Long ones are rare: most trouble is at borders. */
function messageOf(random: Random): Buffer {
  const length = random.pick([1, 7, 40, 40, 150, 150, 900, 3000]);
  return Buffer.from(random.text(random.between(1, length), 'abcdefg\r\n;'), 'latin1');
}

/** What `bytes` begins with, through the mark; all of it where there is none. */
function through(bytes: Buffer, mark: string): Buffer {
  const at = bytes.indexOf(mark);
  return at === -1 ? bytes : bytes.subarray(0, at + mark.length);
}

/**
 * Reads one schedule's message by random reads, and holds each against what the message says. Nothing but this message
 * is sent until it has been read.
 */
async function readMessage(socket: TcpSocket, message: Buffer, random: Random): Promise<void> {
  for (let left = message; left.length > 0; ) {
    await turns(random);
    const [read, expected] = anyRead(socket, left, random);
    const stop = random.percent(15) ? new AbortController() : null;
    const reading = read(stop?.signal);
    if (stop !== null) {
      await turns(random);
      stop.abort(new Error('given up'));
    }
    const found = await reading.catch((error: Error) => {
      if (error.message === 'given up') return Buffer.alloc(0);
      throw error;
    });
    const bytes = Buffer.from(found ?? expect.unreachable('an end that nobody made'));
    if (bytes.length > 0 || stop === null) expected(bytes);
    expect(bytes.equals(left.subarray(0, bytes.length))).toBe(true);
    left = left.subarray(bytes.length);
  }
}

type Read = (signal: AbortSignal | undefined) => Promise<Uint8Array | null>;
type Expected = (bytes: Buffer) => void;

/** A read that can be answered by what is left of the message, and what it must give. */
function anyRead(socket: TcpSocket, left: Buffer, random: Random): readonly [Read, Expected] {
  const line = through(left, '\n');
  const word = through(left, ';\r');
  const kind = random.below(4);
  if (kind === 1 && line.length < left.length) {
    return [(signal) => lineOf(socket, line, random, signal), (bytes) => expect(bytes.equals(line)).toBe(true)];
  }
  if (kind === 2 && word.length < left.length) {
    return [(signal) => socket.recvUntil(';\r', { signal }), (bytes) => expect(bytes.equals(word)).toBe(true)];
  }
  if (kind === 3) {
    const count = random.between(1, left.length);
    return [(signal) => socket.recvExact(count, { signal }), (bytes) => expect(bytes.length).toBe(count)];
  }
  const max = random.between(1, left.length);
  return [
    (signal) => socket.recv(max, { signal }),
    (bytes) => expect(bytes.length > 0 && bytes.length <= max).toBe(true),
  ];
}

/** A line; sometimes one that is too long first, which must take nothing. */
async function lineOf(socket: TcpSocket, line: Buffer, random: Random, signal?: AbortSignal) {
  if (line.length > 1 && signal === undefined && random.percent(30)) {
    const failure = await failureOf(socket.recvLine({ max: random.between(1, line.length - 1) }));
    expect(failure.name).toBe('TooLargeError');
  }
  return socket.recvLine({ max: random.pick([line.length, line.length + 1, 65_536]), signal });
}

/** The peer writes a message in pieces, waiting between them. */
async function writeFrom(peer: Socket, message: Buffer, random: Random): Promise<void> {
  for (const piece of random.cut(message)) {
    peer.write(piece);
    await turns(random);
  }
}

/** We send a message in pieces, and the peer checks it. */
async function sendTo({ socket, peer }: Ends, message: Buffer, random: Random): Promise<void> {
  const come: Buffer[] = [];
  let length = 0;
  const hear = (piece: Buffer): void => {
    come.push(piece);
    length += piece.length;
  };
  peer.on('data', hear);
  for (const piece of random.cut(message)) {
    await socket.sendAll(piece);
    if (random.percent(20)) peer.pause();
    await turns(random);
    peer.resume();
  }
  while (length < message.length) await nextTurn();
  peer.off('data', hear);
  expect(Buffer.concat(come).equals(message)).toBe(true);
}

async function connection(open: () => Promise<Ends & AsyncDisposable>, seed: number): Promise<number> {
  await using ends = await open();
  const random = new Random(seed);
  let done = 0;
  for (; done < PER_CONNECTION; done++) {
    const message = messageOf(random);
    if (random.percent(75)) {
      await Promise.all([
        writeFrom(ends.peer, message, new Random(random.below(2 ** 32))),
        readMessage(ends.socket, message, new Random(random.below(2 ** 32))),
      ]);
    } else await sendTo(ends, message, random);
  }
  return done;
}

/** So many unread bytes hold the peer up: one, a few, the default. */
const READ_AHEADS = [1, 100, 262_144] as const;

function openerOf(seed: number): () => Promise<Ends & AsyncDisposable> {
  const net = { limits: { readAhead: READ_AHEADS[seed % READ_AHEADS.length] } };
  if (seed % 4 === 0) return () => tlsPair({ net });
  return () => tcpPair({ net });
}

describe('random schedules', () => {
  it('give the same bytes', { timeout: 120_000 }, async () => {
    let done = 0;
    for (let seed = 0; seed < SCHEDULES / PER_CONNECTION; seed += AT_ONCE) {
      const seeds = Array.from({ length: AT_ONCE }, (_, index) => seed + index);
      const counts = await Promise.all(seeds.map((each) => connection(openerOf(each), each)));
      done += counts.reduce((sum, count) => sum + count, 0);
    }
    expect(done).toBe(SCHEDULES);
  });
});
