/** `%utils`: time, JSON, random numbers, encodings, digests, URLs, regexes. Powerless side; every power is the host's. */
import { DIGESTS, type DigestName } from '../host.ts';
import type { Call } from '../runtime/call.ts';
import { Failure, fail } from '../runtime/errors.ts';
import { checkText } from '../runtime/limits.ts';
import { joinParts } from '../runtime/operators.ts';
import { bytesOf, textOf } from '../runtime/plain.ts';
import { decodeUtf8, typeName } from '../runtime/text.ts';
import { Bytes, type Instance, truthy, type Value } from '../runtime/values.ts';
import { fromBase64, fromHex, toBase64, toHex } from './base.ts';
import { generateJson, parseJson } from './json.ts';
import { randomBelow, randomFloat } from './random.ts';
import { makeRegex } from './regex.ts';
import { blockOf, countArg, type MethodTable, numberArg, singleton, wholeArg } from './table.ts';
import { decodePart, encodePart, parsedUrl, query } from './url.ts';

const MS = 1000;
/** Random bytes that one call gives. */
const MAX_RANDOM = 2 ** 20;

function seconds(value: Value | undefined): number {
  const number = numberArg(value, 'the time');
  if (!(number >= 0)) throw fail.argument(`the time must be 0 or more, not ${number}`);
  return number;
}

/** Sleeps, but not past the end of a time-out. */
function sleep(call: Call, ms: number): null {
  const left = call.timeLeft();
  call.vm.output.flush();
  call.vm.host.sleep(left === null ? ms : Math.min(ms, left));
  call.checkTime();
  return null;
}

function jsonText(value: Value | undefined): string {
  if (typeof value === 'string') return value;
  if (value instanceof Bytes) return decodeUtf8(value.data);
  throw fail.argument(`JSON is read from a string or bytes, not from ${typeName(value ?? null)}`);
}

/** Null for text that is no JSON. */
function tryParse(value: Value | undefined): Value {
  const text = jsonText(value);
  try {
    return parseJson(text);
  } catch (thrown) {
    if (thrown instanceof Failure) return null;
    throw thrown;
  }
}

function digestName(value: Value | undefined): DigestName {
  const name = textOf(value, 'the algorithm').toLowerCase();
  const known = DIGESTS.find((digest) => digest === name);
  if (known === undefined) throw fail.argument(`unknown digest '${name}'`, `known are ${DIGESTS.join(', ')}`);
  return known;
}

/** Version 4: random but for six bits. */
function uuid(call: Call): string {
  const bytes = Uint8Array.from(call.vm.host.randomBytes(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function randomInt(call: Call, low: Value | undefined, high: Value | undefined): number {
  const [from, to] = [wholeArg(low, 'the lowest'), wholeArg(high, 'the highest')];
  if (from > to) throw fail.argument(`there is no number from ${from} to ${to}`);
  if (to - from >= 2 ** 53) throw fail.argument('the range is too large');
  return from + randomBelow(call.vm.host, to - from + 1);
}

/** Numbers from 0 to 255, strings, bytes, and arrays of them, in one. */
function bytesFrom(args: readonly Value[]): Bytes {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (const item of args.flat(1)) {
    const part = typeof item === 'number' ? Uint8Array.of(byte(item)) : bytesOf(item, 'what is made bytes');
    length += part.length;
    checkText(length);
    parts.push(part);
  }
  return new Bytes(joinParts(parts));
}

function byte(value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= 255) return value;
  throw fail.argument(`${value} is no byte: bytes are whole numbers from 0 to 255`);
}

function options(call: Call, name: string): boolean {
  return truthy(call.named.get(name) ?? false);
}

export const JSON_TABLE: MethodTable<Instance> = {
  parse: [['text'], (_self, args) => parseJson(jsonText(args[0]))],
  'parse?': [['text'], (_self, args) => tryParse(args[0])],
  generate: [
    { params: ['value'], named: ['pretty'] },
    (_self, args, call) => generateJson(args[0] ?? null, { pretty: options(call, 'pretty') }),
  ],
};

export const RAND_TABLE: MethodTable<Instance> = {
  uuid: (_self, call) => uuid(call),
  int: [['low', 'high'], (_self, args, call) => randomInt(call, args[0], args[1])],
  float: (_self, call) => randomFloat(call.vm.host),
  bytes: [
    ['count'],
    (_self, args, call) => {
      const count = countArg(args[0], 'the count');
      if (count > MAX_RANDOM) throw fail.argument(`at most ${MAX_RANDOM} random bytes are given at once`);
      return new Bytes(call.vm.host.randomBytes(count));
    },
  ],
};

export const BASE64_TABLE: MethodTable<Instance> = {
  encode: [
    { params: ['bytes'], named: ['url'] },
    (_self, args, call) => toBase64(bytesOf(args[0], 'what is encoded'), options(call, 'url') ? 'url' : 'plain'),
  ],
  decode: [['text'], (_self, args) => new Bytes(fromBase64(textOf(args[0], 'what is decoded')))],
};

export const HEX_TABLE: MethodTable<Instance> = {
  encode: [['bytes'], (_self, args) => toHex(bytesOf(args[0], 'what is encoded'))],
  decode: [['text'], (_self, args) => new Bytes(fromHex(textOf(args[0], 'what is decoded')))],
};

export const URL_TABLE: MethodTable<Instance> = {
  parse: [['url', 'base?'], (_self, args, call) => parsedUrl(call, args[0], args[1])],
  encode: [['text'], (_self, args) => encodePart(args[0])],
  decode: [['text'], (_self, args) => decodePart(textOf(args[0], 'what is decoded'))],
  query: [['values'], (_self, args, call) => query(args[0], (value) => call.vm.display(value, call.by))],
};

const json = singleton('utils/json', JSON_TABLE);
const rand = singleton('utils/rand', RAND_TABLE);
const base64 = singleton('utils/base64', BASE64_TABLE);
const hex = singleton('utils/hex', HEX_TABLE);
const url = singleton('utils/url', URL_TABLE);

export const UTILS_TABLE: MethodTable<Instance> = {
  json: () => json,
  rand: () => rand,
  base64: () => base64,
  hex: () => hex,
  url: () => url,
  now: (_self, call) => call.vm.host.now() / MS,
  sleep: [['seconds'], (_self, args, call) => sleep(call, seconds(args[0]) * MS)],
  timer: [
    { block: 'required' },
    (_self, _args, call) => {
      const { host } = call.vm;
      const start = host.monotonic();
      call.vm.yieldMany(blockOf(call), [], call.by);
      return (host.monotonic() - start) / MS;
    },
  ],
  timeout: [
    { params: ['seconds'], block: 'required' },
    (_self, args, call) =>
      call.vm.withDeadline(seconds(args[0]) * MS, () => call.vm.yieldMany(blockOf(call), [], call.by)),
  ],
  digest: [
    ['algorithm', 'bytes'],
    (_self, args, call) => new Bytes(call.vm.host.digest(digestName(args[0]), bytesOf(args[1], 'what is digested'))),
  ],
  hmac: [
    ['algorithm', 'key', 'bytes'],
    (_self, args, call) => {
      const key = bytesOf(args[1], 'the key');
      return new Bytes(call.vm.host.hmac(digestName(args[0]), key, bytesOf(args[2], 'what is signed')));
    },
  ],
  bytes: [['*parts'], (_self, args) => bytesFrom(args)],
  regex: [
    ['pattern', 'flags?'],
    (_self, args, call) =>
      makeRegex(call, textOf(args[0], 'the pattern'), args[1] === undefined ? '' : textOf(args[1], 'the flags')),
  ],
};

export const utilsObject = singleton('utils', UTILS_TABLE);
