/**
 * Attack: code that dials an address which nobody vetted.
 * Defence: the brand is made in one place; nothing but capability.ts imports its maker.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseIp } from '../../src/net/address/ip.ts';
import { isVetted } from '../../src/net/address/vetted.ts';
import { Capability } from '../../src/net/capability.ts';
import { Grants } from '../../src/net/grants/grants.ts';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

test('only capability.ts makes vetted addresses', () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
    (file) => /\.ts$/.test(file) && !/\.test\.ts$/.test(file),
  );
  const makers = files.filter((file) => readFileSync(SRC + file, 'utf8').includes('brandVetted'));
  expect(makers.sort()).toEqual(['net/address/vetted.ts', 'net/capability.ts']);
});

test('an address that was only read is not vetted', () => {
  const capability = Capability.root(Grants.parse({ allowNet: true }));
  const target = capability.permitConnect({ operation: 'connect', host: 'a.example', port: 80 });
  const [vetted] = capability.vet(target, ['8.8.8.8']);
  const read = parseIp('8.8.8.8');
  expect(vetted !== undefined && isVetted(vetted)).toBe(true);
  expect(read !== null && isVetted(read)).toBe(false);
  expect(vetted !== undefined && isVetted({ ...vetted })).toBe(false);
});
