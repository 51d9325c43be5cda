/** Methods of numbers. Powerless side. */
import type { Call } from '../runtime/call.ts';
import { fail } from '../runtime/errors.ts';
import { modulo } from '../runtime/operators.ts';
import { textOf } from '../runtime/plain.ts';
import { Bytes, type Value } from '../runtime/values.ts';
import { blockOf, countArg, fillFrom, type MethodTable, numberArg, WITH_BLOCK, wholeArg } from './table.ts';

/** Halves go away from zero; with digits, to that many places. */
function round(value: number, digits: number): number {
  if (!Number.isFinite(value)) return value;
  if (digits > 15) return value;
  // No number has that many places before its point.
  if (digits < -308) return 0;
  if (digits === 0) return Math.sign(value) * Math.round(Math.abs(value));
  // By way of the text: 1.005 * 100 is not 100.5.
  const [mantissa = '0', exponent = '0'] = Math.abs(value).toString().split('e');
  const shifted = Math.round(Number(`${mantissa}e${Number(exponent) + digits}`));
  const [whole = '0', power = '0'] = shifted.toString().split('e');
  return Math.sign(value) * Number(`${whole}e${Number(power) - digits}`);
}

/** `floor` and `ceil` to a number of digits; negative ones count before the point. */
function cutOff(value: number, digits: Value | undefined, cut: (value: number) => number): number {
  if (digits === undefined) return cut(value);
  const places = wholeArg(digits, 'digits');
  if (!Number.isFinite(value) || places > 15) return value;
  if (places < -308) return cut(value / 1e308) * 1e308;
  // By way of the text, as `round` does: 1.15 * 100 is 114.99….
  const [mantissa = '0', exponent = '0'] = value.toString().split('e');
  return Number(`${cut(Number(`${mantissa}e${Number(exponent) + places}`))}e${-places}`);
}

/** A whole number that a double holds exactly, as the bits of one. */
function bits(value: Value | undefined): bigint {
  const number = wholeArg(value, 'the number');
  if (!Number.isSafeInteger(number)) throw fail.argument(`${number} is too large for operations on bits`);
  return BigInt(number);
}

function fromBits(result: bigint): number {
  const number = Number(result);
  if (!Number.isSafeInteger(number)) throw fail.argument('the result is too large to be exact');
  return number;
}

function shifted(value: number, by: Value | undefined): number {
  const places = wholeArg(by, 'the places');
  if (Math.abs(places) > 64) return places > 0 && value !== 0 ? fromBits(bits(value) << 64n) : value < 0 ? -1 : 0;
  return fromBits(places >= 0 ? bits(value) << BigInt(places) : bits(value) >> BigInt(-places));
}

function divided(self: number, by: Value | undefined): Value[] {
  const divisor = numberArg(by, 'the divisor');
  return [Math.floor(self / divisor), modulo(self, divisor)];
}

function clamp(self: number, args: readonly Value[]): number {
  const low = numberArg(args[0], 'low');
  const high = numberArg(args[1], 'high');
  if (low > high) throw fail.argument(`low (${low}) is greater than high (${high})`);
  return Math.min(Math.max(self, low), high);
}

function gcd(self: number, other: Value | undefined): number {
  let [a, b] = [Math.abs(wholeArg(self, 'the number')), Math.abs(wholeArg(other, 'the other'))];
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

/** Counts up, or down with a negative `by`, as far as `last`. */
function step(self: number, args: readonly Value[], call: Call): number {
  const last = numberArg(args[0], 'the last');
  const by = args[1] === undefined ? 1 : numberArg(args[1], 'the step');
  if (!(Math.abs(by) > 0)) throw fail.argument('the step must not be 0');
  const block = blockOf(call);
  const turns = Math.floor((last - self) / by + 1e-9);
  for (let turn = 0; turn <= turns; turn++) {
    call.vm.yieldOne(block, self + turn * by, call.by);
    call.tick();
  }
  return self;
}

const ENDIANS = new Set(['big', 'little']);

export function endianOf(value: Value | undefined): 'big' | 'little' {
  const name = value === undefined ? 'big' : textOf(value, 'the order of bytes');
  if (!ENDIANS.has(name)) throw fail.argument(`the order of bytes must be :big or :little, not ${name}`);
  return name === 'big' ? 'big' : 'little';
}

/** The bytes of a whole number, two's complement for a negative one. */
function toBytes(self: number, args: readonly Value[]): Bytes {
  const size = wholeArg(args[0], 'the size');
  if (size < 1 || size > 8) throw fail.argument('the size must be from 1 to 8 bytes');
  const value = bits(self);
  const room = 1n << BigInt(8 * size);
  if (value >= room || value < -room / 2n) throw fail.argument(`${self} does not fit in ${size} bytes`);
  const data = new Uint8Array(size);
  let rest = BigInt.asUintN(8 * size, value);
  for (let at = size - 1; at >= 0; at--) {
    data[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return new Bytes(endianOf(args[1]) === 'big' ? data : data.reverse());
}

function loop(self: number, to: number, by: 1 | -1, call: Call): number {
  const block = blockOf(call);
  for (let at = self; by > 0 ? at <= to : at >= to; at += by) {
    call.vm.yieldOne(block, at, call.by);
    call.tick();
  }
  return self;
}

function inBase(value: number, base: number): string {
  if (base < 2 || base > 36) throw fail.argument('the base must be from 2 to 36');
  return value.toString(base);
}

export const NUMBER_TABLE: MethodTable<number> = {
  abs: (self) => Math.abs(self),
  floor: [['digits?'], (self, args) => cutOff(self, args[0], Math.floor)],
  ceil: [['digits?'], (self, args) => cutOff(self, args[0], Math.ceil)],
  truncate: (self) => Math.trunc(self),
  round: [['digits?'], (self, args) => round(self, args[0] === undefined ? 0 : wholeArg(args[0], 'digits'))],
  to_string: [
    ['base?'],
    (self, args) => (args[0] === undefined ? String(self) : inBase(self, wholeArg(args[0], 'the base'))),
  ],
  to_num: (self) => self,
  to_int: (self) => Math.trunc(self),
  times: [
    { block: 'required' },
    (self, _args, call) => {
      loop(0, self - 1, 1, call);
      return self;
    },
  ],
  upto: [
    { params: ['last'], ...WITH_BLOCK },
    (self, args, call) => loop(self, numberArg(args[0], 'the last'), 1, call),
  ],
  downto: [
    { params: ['last'], ...WITH_BLOCK },
    (self, args, call) => loop(self, numberArg(args[0], 'the last'), -1, call),
  ],
  'even?': (self) => self % 2 === 0,
  'odd?': (self) => Math.abs(self % 2) === 1,
  'zero?': (self) => self === 0,
  'positive?': (self) => self > 0,
  'negative?': (self) => self < 0,
  'between?': [
    ['low', 'high'],
    (self, args) => self >= numberArg(args[0], 'low') && self <= numberArg(args[1], 'high'),
  ],
  sign: (self) => Math.sign(self),
  div: [['divisor'], (self, args) => divided(self, args[0])[0] ?? null],
  mod: [['divisor'], (self, args) => modulo(self, numberArg(args[0], 'the divisor'))],
  divmod: [['divisor'], (self, args) => divided(self, args[0])],
  gcd: [['other'], (self, args) => gcd(self, args[0])],
  lcm: [
    ['other'],
    (self, args) => (self === 0 ? 0 : Math.abs(self * wholeArg(args[0], 'the other')) / gcd(self, args[0])),
  ],
  digits: (self) => Array.from(String(bits(countArg(self, 'the number'))), Number).reverse(),
  step: [{ params: ['last', 'by?'], ...WITH_BLOCK }, step],
  bit_and: [['other'], (self, args) => fromBits(bits(self) & bits(args[0]))],
  bit_or: [['other'], (self, args) => fromBits(bits(self) | bits(args[0]))],
  bit_xor: [['other'], (self, args) => fromBits(bits(self) ^ bits(args[0]))],
  shift_left: [['places'], (self, args) => shifted(self, args[0])],
  shift_right: [['places'], (self, args) => shifted(self, -wholeArg(args[0], 'the places'))],
  to_bytes: [['size', 'order?'], toBytes],
  pow: [['exponent'], (self, args) => self ** numberArg(args[0], 'the exponent')],
  log: [
    ['base?'],
    (self, args) => Math.log(self) / (args[0] === undefined ? 1 : Math.log(numberArg(args[0], 'the base'))),
  ],
  log2: (self) => Math.log2(self),
  log10: (self) => Math.log10(self),
  exp: (self) => Math.exp(self),
  sin: (self) => Math.sin(self),
  cos: (self) => Math.cos(self),
  tan: (self) => Math.tan(self),
  atan2: [['x'], (self, args) => Math.atan2(self, numberArg(args[0], 'x'))],
  'integer?': (self) => Number.isInteger(self),
  'finite?': (self) => Number.isFinite(self),
  'nan?': (self) => Number.isNaN(self),
  min: [['other'], (self, args) => Math.min(self, numberArg(args[0], 'the other'))],
  max: [['other'], (self, args) => Math.max(self, numberArg(args[0], 'the other'))],
  clamp: [['low', 'high'], clamp],
  sqrt: (self) => Math.sqrt(self),
  chr: (self) => {
    const point = countArg(self, 'the character');
    if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) throw fail.argument(`${point} is no character`);
    return String.fromCodePoint(point);
  },
};

export const numberMethods = fillFrom<number>(NUMBER_TABLE);
