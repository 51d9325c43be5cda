/**
 * Thousands of responses that were sound until something was done to them: each request ends with a response or with an
 * error of ours, the one after it with its own answer, and no connection is left. The seed names the run.
 */
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { type Ending, type HostileServer, isUnpoisoned, outcomeOf, startHostile } from '../helpers/hostile-http.ts';
import { Random } from '../helpers/random.ts';
import { testNet, until } from '../helpers/tcp-server.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_125);
const ROUNDS = Number(process.env['FUZZ_ROUNDS'] ?? 1_500);
const LANES = 8;

const NAMES = [
  'Content-Length',
  'Transfer-Encoding',
  'Content-Encoding',
  'Connection',
  'Location',
  'Set-Cookie',
  'Upgrade',
  'Trailer',
  'Keep-Alive',
  'X-A',
  '__proto__',
];
const VALUES = [
  '5',
  '0',
  '+5',
  '-1',
  '0x5',
  '5, 5',
  '99999999999999999999',
  'chunked',
  'gzip, chunked',
  'identity',
  'gzip',
  'deflate',
  'br',
  'zstd',
  'close',
  'keep-alive',
  'upgrade',
  '/next',
  'http://[',
  'websocket',
  'timeout=0',
  'a=b; Max-Age=1',
  '',
  '\t',
  'x'.repeat(70_000),
];
const STATUSES = [
  '200 OK',
  '200',
  '204 No Content',
  '304 Not Modified',
  '100 Continue',
  '101 Switching Protocols',
  '103 Early',
  '302 Found',
  '407 Proxy',
  '000 None',
  '1000 Many',
  '99 Few',
  '200 O\0K',
];
const VERSIONS = ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', 'http/1.1', 'ICY', ''];
const TOKENS = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '\t',
  ':',
  ';',
  ',',
  '0',
  '5\r\n',
  '\r\n\r\n',
  '0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison',
  '\xff',
];

function bodyOf(random: Random): { readonly lines: readonly string[]; readonly bytes: Buffer } {
  const plain = Buffer.from(random.text(random.pick([0, 1, 5, 300, 9_000]), 'abc'));
  const [coding, coded] = random.pick<readonly [string, Buffer]>([
    ['', plain],
    ['', plain],
    ['gzip', gzipSync(plain)],
    ['deflate', deflateSync(plain)],
    ['br', brotliCompressSync(plain)],
    ['zstd', zstdCompressSync(plain)],
    ['gzip, gzip', gzipSync(gzipSync(plain))],
  ]);
  const codings = coding === '' ? [] : [`Content-Encoding: ${coding}`];
  const framing = random.below(3);
  if (framing === 0) return { lines: codings, bytes: coded };
  if (framing === 1) return { lines: [`Content-Length: ${coded.length}`, ...codings], bytes: coded };
  const chunks = random
    .cut(coded)
    .flatMap((piece) => [Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]);
  return {
    lines: ['Transfer-Encoding: chunked', ...codings],
    bytes: Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')]),
  };
}

function responseOf(random: Random): Buffer {
  const { lines, bytes } = bodyOf(random);
  const odd = Array.from(
    { length: random.pick([0, 0, 0, 1, 2]) },
    () => `${random.pick(NAMES)}: ${random.pick(VALUES)}`,
  );
  const status = random.percent(80) ? '200 OK' : random.pick(STATUSES);
  const version = random.percent(90) ? 'HTTP/1.1' : random.pick(VERSIONS);
  const head = `${version} ${status}\r\n${[...odd, ...lines].map((line) => `${line}\r\n`).join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes]);
}

/** Bytes put in, taken out, changed or said twice. */
function spoil(random: Random, sound: Buffer): Buffer {
  let bytes = sound;
  for (let turn = random.pick([0, 1, 1, 2, 4]); turn > 0; turn--) {
    const at = random.below(Math.min(bytes.length, random.pick([40, 200, 10_000])) + 1);
    const end = at + random.pick([0, 1, 1, 4, 30]);
    const middle = random.pick<() => Buffer>([
      () => Buffer.alloc(0),
      () => Buffer.from(random.pick(TOKENS), 'latin1'),
      () => random.bytes(random.between(1, 4)),
      () => Buffer.concat([bytes.subarray(at, end), bytes.subarray(at, end)]),
      () => bytes.subarray(0, at),
    ])();
    bytes = Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(end)]);
  }
  return random.percent(15) ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes;
}

const ERRORS = ['ProtocolError', 'ConnectionResetError', 'TimeoutError', 'TooLargeError'];

it('ends each of them, and keeps them apart', { timeout: 180_000 }, async () => {
  await using net = testNet();
  const seen = new Map<string, number>();
  const servers: HostileServer[] = [];
  const lane = async (number: number): Promise<void> => {
    const server = await startHostile();
    servers.push(server);
    for (let round = number; round < ROUNDS; round += LANES) {
      const random = new Random(SEED + round);
      const bytes = spoil(random, responseOf(random));
      const ending: Ending = random.pick(['end', 'end', 'end', 'reset', 'stay']);
      server.say(bytes, ending, random.cut(bytes));
      // One that neither ends nor is complete meets the time-out.
      const outcome = await outcomeOf(net, server.origin(), {
        timeout: ending === 'stay' ? 0.15 : 10,
        maxBody: 1_000_000,
      });
      const kind = /^\d/.test(outcome) ? 'response' : outcome;
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
      expect([round, kind, ending === 'stay' || kind !== 'TimeoutError']).toEqual([round, kind, true]);
      expect(['response', ...ERRORS], `seed ${SEED + round}`).toContain(kind);
      expect([round, await isUnpoisoned(net, server)]).toEqual([round, true]);
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)));
  // It is about both: what is taken, and what is not.
  expect(seen.get('response')).toBeGreaterThan(ROUNDS / 10);
  expect(seen.get('ProtocolError')).toBeGreaterThan(ROUNDS / 10);
  for (const server of servers) await until(() => server.connections.open <= 1);
  await net.close();
  for (const server of servers) {
    await until(() => server.connections.open === 0);
    await server[Symbol.asyncDispose]();
  }
});
