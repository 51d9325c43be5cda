/** Every range in a table of options: both ends are taken, their neighbours are refused, and so is what is no number. */
import { describe, expect, it } from 'vitest';
import { SERVER_TLS_OPTIONS, TLS_OPTIONS } from '../../src/net/dial/tls-options.ts';
import { LIMIT_OPTIONS, OPEN_OPTIONS } from '../../src/net/net-options.ts';
import type { OptionTable } from '../../src/net/options.ts';
import * as socketOptions from '../../src/net/socket/options.ts';

const TABLES: readonly (readonly [string, OptionTable])[] = [
  ['openNet', OPEN_OPTIONS],
  ['limits', LIMIT_OPTIONS],
  ['tls', TLS_OPTIONS],
  ['server tls', SERVER_TLS_OPTIONS],
  ['tcp', socketOptions.TCP_OPTIONS],
  ['tcp_listen', socketOptions.LISTEN_OPTIONS],
  ['udp', socketOptions.UDP_OPTIONS],
  ['recv_line', socketOptions.LINE_OPTIONS],
  ['recv_until', socketOptions.UNTIL_OPTIONS],
  ['recv_all', socketOptions.ALL_OPTIONS],
  ['starttls', socketOptions.STARTTLS_OPTIONS],
  ['join', socketOptions.MEMBERSHIP_OPTIONS],
  ['resolve', socketOptions.RESOLVE_OPTIONS],
];

const rows = TABLES.flatMap(([table, options]) =>
  Object.entries(options).map(([name, row]) => ({ what: `${table} ${name}`, row })),
);

describe('integers', () => {
  const integers = rows.filter(({ row }) => row.type === 'integer');

  it.each(integers)('$what', ({ row }) => {
    const [min, max] = row.range.split(' to ').map(Number);
    if (min === undefined || max === undefined) expect.unreachable(row.range);
    for (const good of [min, max]) expect(row.read(good)).toEqual({ value: good });
    for (const bad of [
      min - 1,
      max + 1,
      min + 0.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      String(min),
      null,
      true,
      [min],
    ]) {
      expect(row.read(bad)).toEqual({ refused: `must be an integer from ${row.range}` });
    }
    expect(row.default === null || row.read(row.default)).not.toHaveProperty('refused');
  });

  it('are as many as there are', () => {
    expect(integers.length).toBeGreaterThan(6);
  });
});

describe('seconds', () => {
  it.each(rows.filter(({ row }) => row.type === 'seconds or null'))('$what', ({ row }) => {
    for (const good of [Number.MIN_VALUE, 0.5, 2_147_483, null]) expect(row.read(good)).toEqual({ value: good });
    for (const bad of [0, -1, 2_147_483.1, Number.NaN, Number.POSITIVE_INFINITY, '5', undefined, true]) {
      expect(row.read(bad)).toHaveProperty('refused');
    }
  });
});
