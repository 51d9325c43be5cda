/** What crosses to the kernel is a copy, made once: nothing that a script does later changes what was checked. */
import { expect, test } from 'vitest';
import { defineClass, makeObject, type Plain, toPlain } from '../../src/caspian/native.ts';
import { runScript } from '../helpers/golden-run.ts';

function crossing(source: string) {
  const seen: Plain[] = [];
  const net = defineClass<null>({
    url: 'puck.uno/net',
    methods: {
      fetch: {
        params: ['options'],
        block: 'optional',
        run: (_state, args, call) => {
          const plain = toPlain(args[0] ?? null, 'options');
          if (call.block !== null) call.yield(null);
          seen.push(plain);
          return null;
        },
      },
    },
  });
  const { outcome } = runScript(source, { host: { net: () => makeObject(net, null) } });
  return { seen, type: outcome.ok ? null : outcome.error.type };
}

test('a block that changes the arguments during the call changes nothing', () => {
  const source = `
    $o = {url: 'good', list: [1], body: 'b'.bytes}
    %net.fetch($o) do
      $o['url'] = 'evil'
      $o['list'].push(2)
    end`;
  const { seen } = crossing(source);
  expect(JSON.parse(JSON.stringify(seen[0]))).toEqual({ url: 'good', list: [1], body: { '0': 98 } });
});

test.each([
  ['a closure', '{f: closure() 1 end}', 'argument'],
  ['an object', '{o: (class end).new}', 'argument'],
  ['a class', '[class end]', 'argument'],
  ['an exception', '[catch raise "x" end]', 'argument'],
  ['a cycle', '($a = [1]; $a.push($a); $a)', 'too_deep'],
  ['a tree that unfolds', '($x = [1]; 30.times do $x = [$x, $x] end; $x)', 'too_large'],
])('%s does not cross', (_name, value, type) => {
  expect(crossing(`%net.fetch(${value})`)).toEqual({ seen: [], type: `puck.uno/error/${type}` });
});
