/**
 * Where a line lives says what it may do: this walks the imports of every source file and fails on an arrow that
 * ARCHITECTURE.md does not draw, and on a power outside the one file that holds it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../src/', import.meta.url));

/** Zone → zones that it may import values from. The longest matching zone of a file counts. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  wire: ['errors'],
  'net/address': ['errors'],
  'net/grants': ['errors', 'net/address', 'net'],
  'net/dial': ['errors', 'net/address', 'net'],
  'net/socket': ['errors', 'net/address', 'net/dial', 'net'],
  'net/http': ['errors', 'wire', 'net/address', 'net/grants', 'net/dial', 'net'],
  'net/stream': ['errors', 'net/address', 'net/dial', 'net/http', 'net'],
  'net/serve': ['errors', 'wire', 'net/socket', 'net/http', 'net/stream', 'net'],
  net: ['errors', 'wire', 'net/address', 'net/grants', 'net/dial', 'net/socket', 'net/http', 'net/stream'],
  egress: ['errors', 'net', 'net/address', 'net/grants', 'net/http'],
  'egress/dashboard/page': ['net/address'],
  caspian: ['errors'],
  stdlib: ['errors', 'wire', 'caspian'],
  'engine/guest': ['errors', 'wire', 'caspian', 'stdlib', 'engine'],
  engine: ['errors', 'net', 'net/serve'],
  'isolate/wire': ['errors', 'wire'],
  'isolate/guest': ['errors', 'wire', 'stdlib', 'isolate/wire'],
  'isolate/child': ['isolate/wire'],
  'isolate/host': ['errors', 'wire', 'net', 'net/address', 'net/serve', 'isolate/wire'],
  cli: ['errors', 'net', 'net/grants', 'net/address', 'engine', 'egress', 'isolate/host'],
  '': ['errors', 'net', 'net/grants', 'net/serve', 'egress', 'engine', 'engine/guest', 'stdlib', 'isolate/host'],
};

/** Zones whose files run in a script's thread, or cross into it: no import of Node's, not even of a type. */
const POWERLESS = ['errors', 'wire', 'caspian', 'stdlib', 'isolate/wire', 'isolate/guest'];

/** Packages that only compute: those of the prelude come under names of the build's. */
const COMPUTES = /^(caspian:\w+|acorn)$/;

/** Module → the only files that may import it for its value. */
const POWERS: Readonly<Record<string, readonly string[]>> = {
  // The child process opens the pipe that its host has left open for it.
  'node:net': ['net/dial/powers.ts', 'isolate/child/pipe.ts'],
  'node:tls': ['net/dial/powers.ts'],
  'node:dns': ['net/dial/powers.ts'],
  'node:dns/promises': [],
  'node:dgram': ['net/dial/powers.ts'],
  // For the dashboard, which listens on loopback and asks nobody.
  'node:http': ['egress/dashboard/server.ts'],
  'node:https': [],
  'node:http2': [],
  'node:sqlite': ['egress/state/sqlite/database.ts'],
  'node:child_process': ['isolate/host/child-process.ts'],
  'node:cluster': [],
  // For V8's collector alone.
  'node:vm': ['engine/guest/powers.ts'],
  'node:inspector': [],
};

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map((file) => file.split(sep).join('/'))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.endsWith('.d.ts'));

const imports: Import[] = files.flatMap((from) => {
  const text = readFileSync(join(root, from), 'utf8');
  const found = [...text.matchAll(/^(?:import|export)\s(type\s)?[^;]*?from\s'([^']+)';/gm)].map(([, type, to]) => ({
    from,
    to: to ?? '',
    typeOnly: type !== undefined,
  }));
  const dynamic = [...text.matchAll(/\b(?:import|getBuiltinModule)\(\s*'([^']+)'\s*\)/g)].map(([, to]) => ({
    from,
    to: to ?? '',
    typeOnly: false,
  }));
  return [...found, ...dynamic];
});

function zoneOf(file: string): string {
  const zones = Object.keys(ARROWS).filter((zone) => zone === '' || file.startsWith(`${zone}/`));
  return zones.reduce((best, zone) => (zone.length > best.length ? zone : best), '');
}

function describeImport({ from, to }: Import): string {
  return `src/${from} imports ${to}`;
}

const local = imports.filter(({ to }) => to.startsWith('.'));

describe('import zones', () => {
  it('finds the imports that it is about', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(local.length).toBeGreaterThan(files.length);
    expect(imports.some(({ from, to }) => from === 'net/dial/powers.ts' && to === 'node:net')).toBe(true);
  });

  it('has no arrow between folders that the architecture does not draw', () => {
    const wrong = local.filter(({ from, to, typeOnly }) => {
      const target = relative(root, join(root, dirname(from), to))
        .split(sep)
        .join('/');
      const [here, there] = [zoneOf(from), zoneOf(target)];
      const free = typeOnly && !POWERLESS.includes(here);
      return here !== there && !free && ARROWS[here]?.includes(there) !== true;
    });
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it('keeps Node out of the powerless side', () => {
    const computes = (from: string, to: string): boolean => zoneOf(from) === 'isolate/guest' && COMPUTES.test(to);
    const wrong = imports.filter(
      ({ from, to }) => POWERLESS.includes(zoneOf(from)) && !to.startsWith('.') && !computes(from, to),
    );
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it('has each power in the one file that holds it', () => {
    const wrong = imports.filter(({ from, to, typeOnly }) => !typeOnly && POWERS[to]?.includes(from) === false);
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it('imports undici in one file', () => {
    const users = imports.filter(({ to }) => to === 'undici' || to.startsWith('undici/')).map(({ from }) => from);
    expect(new Set(users)).toEqual(new Set(['net/http/undici.ts']));
  });

  it('imports ws in one file', () => {
    const users = imports.filter(({ to }) => to === 'ws').map(({ from }) => from);
    expect(new Set(users)).toEqual(new Set(['net/stream/ws.ts']));
  });

  it('imports the client of Redis in one file', () => {
    const users = imports.filter(({ to }) => to.startsWith('@redis/')).map(({ from }) => from);
    expect(new Set(users)).toEqual(new Set(['egress/state/redis/redis-client.ts']));
  });

  it('gives the powers of a script’s thread one file', () => {
    const own = imports.filter(
      ({ from, to, typeOnly }) => zoneOf(from) === 'engine/guest' && to.startsWith('node:') && !typeOnly,
    );
    expect(new Set(own.map(({ from }) => from))).toEqual(
      new Set(['engine/guest/powers.ts', 'engine/guest/main.ts', 'engine/guest/boot.ts']),
    );
    expect(own.filter(({ from }) => from === 'engine/guest/main.ts').map(({ to }) => to)).toEqual([
      'node:worker_threads',
    ]);
  });
});

describe('invariants', () => {
  it('name an attack that is there', () => {
    const attacks = readdirSync(fileURLToPath(new URL('attacks/', import.meta.url)));
    const named = files.flatMap((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      return [...text.matchAll(/test\/attacks\/([a-z0-9-]+\*?)/g)].map(([, name = '']) => ({ file, name }));
    });
    // A `*` at the end names a family.
    const isThere = (name: string): boolean =>
      name.endsWith('*')
        ? attacks.some((file) => file.startsWith(name.slice(0, -1)))
        : attacks.includes(`${name}.test.ts`);
    const missing = named.filter(({ name }) => !isThere(name));
    expect(missing.map(({ file, name }) => `src/${file} names ${name}`)).toEqual([]);
    expect(named.length).toBeGreaterThan(20);
  });
});
