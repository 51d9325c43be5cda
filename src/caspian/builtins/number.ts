/** Methods of numbers. Powerless side. */

import type { Call } from '../runtime/call.ts';
import { fail } from '../runtime/errors.ts';
import { blockOf, countArg, fillFrom, type MethodTable, numberArg, WITH_BLOCK, wholeArg } from './table.ts';

/** Halves go away from zero; with digits, to that many places. */
function round(value: number, digits: number): number {
  if (!Number.isFinite(value)) return value;
  if (digits > 15) return value;
  if (digits === 0) return Math.sign(value) * Math.round(Math.abs(value));
  // By way of the text: 1.005 * 100 is not 100.5.
  const [mantissa = '0', exponent = '0'] = Math.abs(value).toString().split('e');
  const shifted = Math.round(Number(`${mantissa}e${Number(exponent) + digits}`));
  const [whole = '0', power = '0'] = shifted.toString().split('e');
  return Math.sign(value) * Number(`${whole}e${Number(power) - digits}`);
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

const TABLE: MethodTable<number> = {
  abs: (self) => Math.abs(self),
  floor: (self) => Math.floor(self),
  ceil: (self) => Math.ceil(self),
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
  'integer?': (self) => Number.isInteger(self),
  'finite?': (self) => Number.isFinite(self),
  'nan?': (self) => Number.isNaN(self),
  min: [['other'], (self, args) => Math.min(self, numberArg(args[0], 'the other'))],
  max: [['other'], (self, args) => Math.max(self, numberArg(args[0], 'the other'))],
  clamp: [
    ['low', 'high'],
    (self, args) => Math.min(Math.max(self, numberArg(args[0], 'low')), numberArg(args[1], 'high')),
  ],
  sqrt: (self) => Math.sqrt(self),
  chr: (self) => {
    const point = countArg(self, 'the character');
    if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) throw fail.argument(`${point} is no character`);
    return String.fromCodePoint(point);
  },
};

export const numberMethods = fillFrom<number>(TABLE);
