/** Attack: end with a value that means something to the host's JavaScript, or with configuration made for that. */
import { expect, it } from 'vitest';
import type { WireValue } from '../../src/wire/codec.ts';
import { runScript } from '../helpers/script.ts';

it('gives values by such names as plain data', async () => {
  const keys = ['then', '__proto__', 'constructor', 'toJSON', 'toString', 'valueOf', 'length', 'map'];
  const { outcome } = await runScript(`{${keys.map((key) => `'${key}': {x: 'hostile'}`).join(', ')}}`);
  if (!outcome.ok) expect.unreachable(outcome.stderr);
  const value: unknown = await Promise.resolve(outcome.value);
  if (typeof value !== 'object' || value === null) expect.unreachable('no record');
  expect(Object.keys(value)).toEqual(keys);
  expect(Object.getOwnPropertyDescriptor(value, '__proto__')?.value).toEqual({ x: 'hostile' });
  expect(Reflect.get({}, 'x')).toBeUndefined();
});

it.each([
  ['a function', 'closure() 1 end'],
  ['the net', '%net'],
  ['a ring', '$a = []\n$a.push($a)\n$a'],
  ['a deep one', '$a = []\n10000.times do\n$a = [$a]\nend\n$a'],
  ['a tree that unfolds', '$a = [1]\n40.times do\n$a = [$a, $a]\nend\n$a'],
])('gives null for %s', async (_name, source) => {
  expect((await runScript(source)).outcome).toMatchObject({ ok: true, value: null });
});

it('hands configuration over as it was written, and outlives a host that refuses it', async () => {
  const seen: WireValue[] = [];
  const source = `%engine.config <<'EOF'('json')
{"__proto__": {"polluted": true}, "then": 1, "required": {"network": {"length": 3}}}
EOF
7`.replace("<<'EOF'('json')", "<<EOF('json')");
  const well = await runScript(source, { onConfig: (config) => void seen.push(config) });
  expect(well.outcome).toMatchObject({ ok: true, value: 7 });
  expect(JSON.stringify(seen)).toContain('"__proto__":{"polluted":true}');
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
  const refused = await runScript(source, {
    onConfig: () => {
      throw new Error('/home/host/secret');
    },
  });
  expect(refused.outcome.ok).toBe(false);
  expect(JSON.stringify(refused.outcome)).not.toContain('secret');
});

it('says nothing of the host in what went wrong', async () => {
  const sources = [
    'raise 1',
    '$x',
    '1.x',
    '%utils.json.parse("{")',
    '"x" * -1',
    '[1].sort do($a, $b) "x" end',
    '%stdin.read(-1)',
    '%engine.x',
    '%nothing',
    '%puck',
    '%net.x',
  ];
  for (const source of sources) {
    const { outcome } = await runScript(source);
    expect(JSON.stringify(outcome)).not.toMatch(/\/work|\/home|\/usr|node_modules|\.cjs|\.ts\b|node:/);
  }
});
