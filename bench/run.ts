/**
 * The bench: node bench/run.ts [row or family …] [--rounds N] [--json] [--src]. Exits with 0 whatever the figures are.
 */
import { parseArgs } from 'node:util';
import { measure } from './harness/measure.ts';
import { asData, header, table } from './harness/print.ts';
import type { Measured, Row } from './harness/row.ts';
import { bridge } from './rows/bridge.ts';
import { egress } from './rows/egress.ts';
import { grants } from './rows/grants.ts';
import { http } from './rows/http.ts';
import { isolates } from './rows/isolates.ts';
import { language } from './rows/language.ts';
import { sockets } from './rows/sockets.ts';
import { startup } from './rows/startup.ts';

const ROWS: readonly Row[] = [
  ...bridge,
  ...sockets,
  ...http,
  ...egress,
  ...grants,
  ...startup,
  ...language,
  ...isolates,
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    json: { type: 'boolean', default: false },
    src: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});

/** A family's name stands for all of its rows. */
function chosen(names: readonly string[]): readonly Row[] {
  const unknown = names.find((name) => !ROWS.some((row) => covers(name, row)));
  if (unknown !== undefined)
    throw new Error(`there is no row ${unknown}; there are ${ROWS.map(({ name }) => name).join(' ')}`);
  return names.length === 0 ? ROWS : ROWS.filter((row) => names.some((name) => covers(name, row)));
}

function covers(name: string, row: Row): boolean {
  return row.name === name || row.name.startsWith(`${name}.`);
}

function readRounds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const rounds = Number(text);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 1000) throw new Error('--rounds takes 1 to 1000');
  return rounds;
}

const show = (text: string): void => {
  (values.json ? process.stderr : process.stdout).write(`${text}\n`);
};

if (values.src) process.env['BENCH_FROM'] = 'src';
if (values.list) {
  for (const { name, title } of ROWS) console.log(`${name}: ${title}`);
} else {
  const rows = chosen(positionals);
  const rounds = readRounds(values.rounds);
  show(header());
  const all: Measured[] = [];
  for (const row of rows) {
    const measured = await measure(row, { rounds });
    show(table(measured));
    all.push(measured);
  }
  if (values.json) console.log(JSON.stringify(asData(all), null, 2));
}
