/**
 * WebSocket servers whose handshakes and frames were sound until something was done to them, and event streams of chance:
 * everything ends with what was sent, a goodbye, or an error of ours, and no connection is left. The seed names the run.
 */
import { deflateRawSync, constants as zlib } from 'node:zlib';
import { expect, it } from 'vitest';
import { CaspianError } from '../../src/errors/classes.ts';
import { startHttp, startRaw } from '../helpers/http-server.ts';
import { Random } from '../helpers/random.ts';
import { testNet, until } from '../helpers/tcp-server.ts';
import { frame, upgradeFor } from '../helpers/web-socket-server.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_125);
const ROUNDS = Number(process.env['FUZZ_ROUNDS'] ?? 800);
const LANES = 8;
const ERRORS = ['ProtocolError', 'ConnectionResetError', 'TimeoutError', 'TooLargeError', 'HttpStatusError'];

const DEFLATE = 'Sec-WebSocket-Extensions: permessage-deflate\r\n';
const OPCODES = [0, 1, 1, 1, 2, 2, 8, 9, 10, 3, 15];

function payloadOf(random: Random, opcode: number): Buffer {
  if (opcode === 8) return random.pick([Buffer.alloc(0), Buffer.from([0x03, 0xe8]), random.bytes(random.below(6))]);
  const text = Buffer.from(random.text(random.pick([0, 1, 125, 126, 3_000]), 'aü€'));
  return random.percent(80) ? text : random.bytes(random.below(200));
}

function framesOf(random: Random): Buffer {
  const frames = Array.from({ length: random.between(0, 8) }, () => {
    const opcode = random.pick(OPCODES);
    const payload = payloadOf(random, opcode);
    if (random.percent(85)) return frame(opcode, payload, random.pick([8, 8, 8, 0]));
    const coded = deflateRawSync(payload, { finishFlush: zlib.Z_SYNC_FLUSH }).subarray(0, -4);
    return frame(opcode, coded, 8 | 4);
  });
  return Buffer.concat([...frames, random.percent(60) ? frame(8, Buffer.from([0x03, 0xe8])) : Buffer.alloc(0)]);
}

function spoil(random: Random, sound: Buffer): Buffer {
  if (random.percent(50) || sound.length === 0) return sound;
  const bytes = Buffer.from(sound);
  for (let turn = random.between(1, 3); turn > 0; turn--) bytes[random.below(bytes.length)] = random.below(256);
  return random.percent(30) ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes;
}

/** `good`, or the name of the error of ours. */
async function outcomeOf(run: () => Promise<void>): Promise<string> {
  try {
    await run();
    return 'good';
  } catch (error) {
    if (error instanceof CaspianError) return error.name;
    throw error;
  }
}

async function inLanes(run: (random: Random) => Promise<string>): Promise<ReadonlyMap<string, number>> {
  const seen = new Map<string, number>();
  const lane = async (number: number): Promise<void> => {
    for (let round = number; round < ROUNDS; round += LANES) {
      const outcome = await run(new Random(SEED + round));
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
      expect(['good', ...ERRORS], `seed ${SEED + round}`).toContain(outcome);
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)));
  return seen;
}

it('takes WebSockets of every shape for what they are', { timeout: 120_000 }, async () => {
  await using net = testNet();
  await using server = await startRaw((socket, _turn, head) => {
    const random = new Random(Number(/^GET \/(\d+)/.exec(head)?.[1]));
    const answer = Buffer.from(upgradeFor(head, random.percent(50) ? DEFLATE : ''), 'latin1');
    const all = Buffer.concat([random.percent(80) ? answer : spoil(random, answer), spoil(random, framesOf(random))]);
    for (const piece of random.cut(all)) socket.write(piece);
    if (random.percent(90)) socket.end();
    else socket.resetAndDestroy();
  });
  const seen = await inLanes((random) =>
    outcomeOf(async () => {
      const url = `${server.origin()}/${random.below(2 ** 31)}`;
      const socket = await net.webSocket(url, { timeout: 10, maxMessage: 5_000 });
      if (random.percent(30)) await socket.send('hello').catch(() => {});
      for await (const message of socket) expect(message.length).toBeLessThanOrEqual(5_000);
    }),
  );
  for (const outcome of ['good', 'ProtocolError', 'ConnectionResetError']) {
    expect(seen.get(outcome)).toBeGreaterThan(ROUNDS / 50);
  }
  expect(seen.has('TimeoutError')).toBe(false);
  await until(() => server.connections.open === 0);
});

const LINES = [
  'data: a',
  'data:b',
  'data',
  'data:  c',
  'event: e',
  'event',
  'id: 1',
  'id',
  'id: \0',
  ': comment',
  ':',
  'retry: 1',
  'retry: x',
  'other: x',
  'data: ü€',
  '',
  '',
  '',
];

/** What the standard makes of a stream, read as plainly as can be (WHATWG HTML, "event stream interpretation"). */
function plainly(text: string): unknown[] {
  const events: unknown[] = [];
  let [data, event, pending, id] = ['', '', '', ''];
  for (const line of text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\r|\n/)
    .slice(0, -1)) {
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (line === '') {
      id = pending;
      if (data !== '')
        events.push({ event: event === '' ? 'message' : event, data: data.slice(0, -1), id: id === '' ? null : id });
      [data, event] = ['', ''];
    } else if (field === 'data') data += `${value}\n`;
    else if (field === 'event') event = value;
    else if (field === 'id' && !value.includes('\0')) pending = value;
  }
  return events;
}

it('reads event streams as the standard says, wherever they are cut', { timeout: 120_000 }, async () => {
  await using net = testNet();
  const textOf = (seed: number): string => {
    const random = new Random(seed);
    const ends = random.pick([['\n'], ['\r\n'], ['\r'], ['\n', '\r\n', '\r']]);
    const lines = Array.from({ length: random.between(0, 30) }, () => `${random.pick(LINES)}${random.pick(ends)}`);
    return `${random.percent(10) ? '\ufeff' : ''}${lines.join('')}${random.percent(50) ? 'data: cut' : ''}`;
  };
  await using server = await startHttp((response, { url }) => {
    const seed = Number(url.slice(1));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const piece of new Random(seed + 1).cut(Buffer.from(textOf(seed)))) response.write(piece);
    response.end();
  });
  const seen = await inLanes((random) =>
    outcomeOf(async () => {
      const seed = random.below(2 ** 31);
      const events: unknown[] = [];
      for await (const event of await net.eventSource(`${server.origin()}/${seed}`, { reconnect: false }))
        events.push(event);
      expect([seed, events]).toEqual([seed, plainly(textOf(seed))]);
    }),
  );
  expect([...seen]).toEqual([['good', ROUNDS]]);
});
