/** `format`: `%05.2f`, `%-10s`, `%<name>d`, `%{name}` and their like, as in Ruby. Powerless side. */
import { fail } from '../runtime/errors.ts';
import { checkText } from '../runtime/limits.ts';
import { inspect, typeName } from '../runtime/text.ts';
import type { Value } from '../runtime/values.ts';

/** Every quantifier is bounded: no text makes this search slow. */
const DIRECTIVE = /%(?:\{(\w{1,100})\}|(?:<(\w{1,100})>)?([-+0 #]{0,5})(\d{0,4})(?:\.(\d{1,3}))?(.?))/gsu;

interface Directive {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | null;
  readonly type: string;
}

export interface FormatArguments {
  readonly positional: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
  readonly show: (value: Value) => string;
}

export function formatText(text: string, args: FormatArguments): string {
  let next = 0;
  let length = text.length;
  const named = (name: string): Value => {
    const value = args.named.get(name);
    if (value === undefined) throw fail.argument(`format: the argument '${name}' is missing`);
    return value;
  };
  const result = text.replace(DIRECTIVE, (whole, braced, name, flags, width, precision, type) => {
    if (type === '%') return '%';
    let value: Value;
    if (braced !== undefined) value = named(braced);
    else if (name !== undefined) value = named(name);
    else {
      const given = args.positional[next++];
      if (given === undefined) throw fail.argument(`format: there is no argument for ${whole}`);
      value = given;
    }
    const shown =
      braced !== undefined
        ? args.show(value)
        : padded(
            value,
            { flags, width: Number(width), precision: precision === undefined ? null : Number(precision), type },
            args.show,
          );
    length += shown.length;
    checkText(length);
    return shown;
  });
  if (next < args.positional.length) {
    throw fail.argument(`format: ${args.positional.length} arguments were given, ${next} are used`);
  }
  return result;
}

function padded(value: Value, directive: Directive, show: (value: Value) => string): string {
  const { flags, width } = directive;
  const text = written(value, directive, show);
  if (flags.includes('-')) return text.padEnd(width);
  const isNumber = directive.type !== 's' && directive.type !== 'p' && directive.type !== 'c';
  if (!flags.includes('0') || !isNumber) return text.padStart(width);
  const [sign = ''] = /^[-+ ]?/.exec(text) ?? [];
  return sign + text.slice(sign.length).padStart(width - sign.length, '0');
}

function written(value: Value, directive: Directive, show: (value: Value) => string): string {
  const { precision, type } = directive;
  switch (type) {
    case 's':
      return cut(show(value), precision);
    case 'p':
      return cut(inspect(value), precision);
    case 'c':
      return typeof value === 'number' ? String.fromCodePoint(whole(value, 0x10ffff)) : show(value).slice(0, 2);
    case 'd':
    case 'i':
    case 'u':
      return signed(value, directive, (number) => String(BigInt(Math.trunc(number))));
    case 'f':
      return signed(value, directive, (number) => number.toFixed(precision ?? 6));
    case 'e':
    case 'E':
      return cased(
        type,
        signed(value, directive, (number) => exponential(number, precision ?? 6)),
      );
    case 'g':
    case 'G':
      return cased(
        type,
        signed(value, directive, (number) => String(Number(number.toPrecision(precision || 6)))),
      );
    case 'x':
    case 'X':
      return cased(
        type,
        signed(value, directive, (number) => prefix(directive, '0x') + Math.trunc(number).toString(16)),
      );
    case 'o':
      return signed(value, directive, (number) => prefix(directive, '0') + Math.trunc(number).toString(8));
    case 'b':
    case 'B':
      return signed(value, directive, (number) => prefix(directive, '0b') + Math.trunc(number).toString(2));
    default:
      throw fail.argument(
        type === '' ? 'format: the text ends inside a directive' : `format: unknown directive '%${type}'`,
        'directives are %s %p %c %d %f %e %g %x %o %b and %% for the sign itself',
      );
  }
}

function cut(text: string, precision: number | null): string {
  return precision === null ? text : Array.from(text).slice(0, precision).join('');
}

function whole(value: number, most: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= most && (value < 0xd800 || value > 0xdfff)) return value;
  throw fail.argument(`format: ${value} is no character`);
}

function signed(value: Value, { flags, type }: Directive, digits: (number: number) => string): string {
  if (typeof value !== 'number') throw fail.argument(`format: %${type} takes a number, not ${typeName(value)}`);
  const sign = value < 0 ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  return sign + (Number.isFinite(value) ? digits(Math.abs(value)) : String(Math.abs(value)));
}

/** Two digits of exponent at least. */
function exponential(number: number, precision: number): string {
  return number.toExponential(precision).replace(/e([+-])(\d)$/, 'e$10$2');
}

function cased(type: string, text: string): string {
  return type === type.toUpperCase() ? text.toUpperCase() : text;
}

function prefix({ flags }: Directive, mark: string): string {
  return flags.includes('#') ? mark : '';
}
