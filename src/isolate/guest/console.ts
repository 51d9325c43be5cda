/**
 * `console`. Powerless. Silent unless the host asks for it; then each call is a message with the arguments as text, made
 * in here: no object of a guest's is ever looked at outside.
 */
import { GuestSays } from '../wire/messages.ts';
import { say } from './bridge.ts';

const MAX_TEXT = 65_536;
const MAX_DEPTH = 4;
const MAX_KEYS = 100;

let loud = false;
let indent = '';
const counts = new Map<string, number>();
const timers = new Map<string, number>();

export function makeConsoleLoud(): void {
  loud = true;
}

function print(level: string, args: readonly unknown[]): void {
  if (!loud) return;
  let text: string;
  try {
    text = format(args);
  } catch {
    text = 'a value that can not be shown';
  }
  say([GuestSays.LOG, level, indent + text.replaceAll('\n', `\n${indent}`).slice(0, MAX_TEXT)]);
}

/** Console Standard §2.2.1, as far as text goes. */
function format(args: readonly unknown[]): string {
  const [first, ...rest] = args;
  if (typeof first !== 'string' || !first.includes('%')) return args.map((value) => show(value, 0, 'plain')).join(' ');
  let used = 0;
  const text = first.replaceAll(/%([sdifoOc%])/g, (whole, kind: string) => {
    if (kind === '%') return '%';
    if (used >= rest.length) return whole;
    const value = rest[used++];
    if (kind === 'c') return '';
    if (kind === 's') return typeof value === 'object' ? show(value, 0, 'plain') : String(value);
    if (kind === 'd' || kind === 'i')
      return typeof value === 'symbol' ? 'NaN' : String(Number.parseInt(String(value), 10));
    if (kind === 'f') return typeof value === 'symbol' ? 'NaN' : String(Number.parseFloat(String(value)));
    return show(value, 0, 'quoted');
  });
  return [text, ...rest.slice(used).map((value) => show(value, 0, 'plain'))].join(' ');
}

/** A value as a reader of logs wants it; bounded in depth and width. */
export function show(
  value: unknown,
  depth = 0,
  strings: 'plain' | 'quoted' = 'quoted',
  seen: readonly object[] = [],
): string {
  switch (typeof value) {
    case 'string':
      return strings === 'plain' ? value : JSON.stringify(value.slice(0, 10_000));
    case 'bigint':
      return `${value}n`;
    case 'function':
      return `[${/^class\b/.test(Function.prototype.toString.call(value)) ? 'class' : 'Function'} ${value.name || '(anonymous)'}]`;
    case 'object':
      return value === null ? 'null' : showObject(value, depth, seen);
    default:
      return Object.is(value, -0) ? '-0' : String(value);
  }
}

function showObject(value: object, depth: number, seen: readonly object[]): string {
  if (seen.includes(value)) return '[Circular]';
  if (value instanceof Error) return showError(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof RegExp) return String(value);
  if (value instanceof Promise) return 'Promise {}';
  const name = value.constructor?.name ?? '[null prototype]';
  if (depth >= MAX_DEPTH) return Array.isArray(value) ? '[Array]' : `[${name || 'Object'}]`;
  const inner = (item: unknown): string => show(item, depth + 1, 'quoted', [...seen, value]);
  if (Array.isArray(value)) return list('[', value.slice(0, MAX_KEYS).map(inner), value.length, ']');
  if (ArrayBuffer.isView(value) && !(value instanceof DataView) && 'length' in value) {
    const items = Array.from({ length: Math.min(MAX_KEYS, Number(value.length)) }, (_, i) =>
      inner(Reflect.get(value, i)),
    );
    return `${name}(${value.length}) ${list('[', items, Number(value.length), ']')}`;
  }
  if (value instanceof Map) {
    const items = [...value].slice(0, MAX_KEYS).map(([key, item]) => `${inner(key)} => ${inner(item)}`);
    return `Map(${value.size}) ${list('{', items, value.size, '}')}`;
  }
  if (value instanceof Set)
    return `Set(${value.size}) ${list('{', [...value].slice(0, MAX_KEYS).map(inner), value.size, '}')}`;
  const keys = Object.keys(value);
  const items = keys.slice(0, MAX_KEYS).map((key) => {
    const shown = /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
    const own = Object.getOwnPropertyDescriptor(value, key);
    return `${shown}: ${own?.get === undefined ? inner(Reflect.get(value, key)) : '[Getter]'}`;
  });
  const shown = list('{', items, keys.length, '}');
  return name === 'Object' ? shown : `${name} ${shown}`;
}

function list(open: string, items: readonly string[], count: number, close: string): string {
  if (count === 0) return open + close;
  const all = count > items.length ? [...items, `… ${count - items.length} more`] : items;
  const short = all.join(', ');
  if (short.length <= 72 && !short.includes('\n')) return `${open} ${short} ${close}`;
  return `${open}\n${all.map((item) => `  ${item.replaceAll('\n', '\n  ')}`).join(',\n')}\n${close}`;
}

function showError(error: Error): string {
  const { stack } = error;
  const cause = Object.hasOwn(error, 'cause') ? `\n  [cause]: ${show(error.cause, 1)}` : '';
  return (typeof stack === 'string' && stack !== '' ? stack : `${error.name}: ${error.message}`) + cause;
}

function table(...[value]: readonly unknown[]): void {
  if (typeof value !== 'object' || value === null) {
    print('log', [value]);
    return;
  }
  const rows = Object.entries(value);
  const columns = [
    ...new Set(rows.flatMap(([, row]) => (typeof row === 'object' && row !== null ? Object.keys(row) : ['']))),
  ];
  const head = ['(index)', ...columns.map((column) => (column === '' ? 'Values' : column))];
  const lines = rows.map(([key, row]) => [
    key,
    ...columns.map((column) => {
      if (column === '') return typeof row === 'object' && row !== null ? '' : show(row);
      return typeof row === 'object' && row !== null && Object.hasOwn(row, column)
        ? show(Reflect.get(row, column))
        : '';
    }),
  ]);
  const widths = head.map((_, index) => Math.max(...[head, ...lines].map((line) => (line[index] ?? '').length)));
  const draw = (line: readonly string[]): string =>
    line
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join(' | ')
      .trimEnd();
  print('log', [[draw(head), widths.map((width) => '-'.repeat(width)).join('-+-'), ...lines.map(draw)].join('\n')]);
}

function elapsed(label: unknown): string {
  const started = timers.get(String(label));
  return `${String(label)}: ${started === undefined ? 'no such timer' : `${Date.now() - started} ms`}`;
}

const logger =
  (level: string) =>
  (...args: unknown[]) =>
    print(level, args);

export const console = {
  log: logger('log'),
  info: logger('info'),
  debug: logger('debug'),
  warn: logger('warn'),
  error: logger('error'),
  dir: (...[value]: readonly unknown[]) => print('log', [show(value)]),
  dirxml: logger('log'),
  table,
  trace: (...args: unknown[]) =>
    print('trace', [...args, `\n${String(new Error('').stack).split('\n').slice(2).join('\n')}`]),
  assert: (well: unknown = false, ...args: unknown[]) => {
    if (!well) print('error', args.length === 0 ? ['Assertion failed'] : ['Assertion failed:', ...args]);
  },
  count: (label: unknown = 'default') => {
    const count = (counts.get(String(label)) ?? 0) + 1;
    counts.set(String(label), count);
    print('info', [`${String(label)}: ${count}`]);
  },
  countReset: (label: unknown = 'default') => void counts.delete(String(label)),
  group: (...args: unknown[]) => {
    if (args.length > 0) print('log', args);
    if (indent.length < 40) indent += '  ';
  },
  groupCollapsed: (...args: unknown[]) => console.group(...args),
  groupEnd: () => {
    indent = indent.slice(2);
  },
  time: (label: unknown = 'default') => void timers.set(String(label), Date.now()),
  timeLog: (label: unknown = 'default', ...args: unknown[]) => print('log', [elapsed(label), ...args]),
  timeEnd: (label: unknown = 'default') => {
    print('log', [elapsed(label)]);
    timers.delete(String(label));
  },
  clear: () => {},
};
Object.setPrototypeOf(console, {});
Object.defineProperty(console, Symbol.toStringTag, { value: 'console', configurable: true });
