/** A library asks for the network, the engine and the arguments: only the role `user` gets any of them. */
import { expect, test } from 'vitest';
import { defineClass, makeObject } from '../../src/caspian/native.ts';
import { printed } from '../helpers/golden-run.ts';

const netClass = defineClass<string>({ url: 'puck.uno/net', methods: { name: (state) => state } });

const library = `
  function &grab() [%net, %engine, %argv] end
  class
    field :top, default: %net
    method all($x: %net) [%net, %engine, %argv, $x, @top] end
    method function_of() $grab end
    method closure_of() closure() [%net, %engine, %argv] end end
    method block_of() { [%net, %engine, %argv] } end
    method later($block) $block.call end
  end
`;

function run(source: string): { readonly stdout: string; readonly asked: readonly string[] } {
  const asked: string[] = [];
  const net = (role: string) => {
    asked.push(role);
    return role === 'user' ? makeObject(netClass, 'the net') : null;
  };
  const stdout = printed(`$lib = %puck['evil.org/lib'].new\n${source}`, {
    libraries: { 'evil.org/lib': library },
    host: { net },
    args: ['a'],
  });
  return { stdout, asked };
}

test.each([
  ['a method', '$lib.all'],
  ['a function', '$lib.function_of.call'],
  ['a closure that the user calls', '$lib.closure_of.call'],
  ['a block that the user calls', '$lib.block_of.call'],
  ['a block inside a loop of the user', '[1].map { |x| $lib.block_of.call }[0]'],
  ['a pipe', '(1 | closure($x) $lib.all end)'],
])('%s of a library gets null', (_name, call) => {
  const { stdout, asked } = run(`puts(${call}.all? { |x| x == null })`);
  expect(stdout).toBe('true\n');
  expect(new Set(asked)).not.toContain('user');
});

test("a user's closure has the network, whoever calls it", () => {
  const { stdout } = run('puts $lib.later({ %net.name })');
  expect(stdout).toBe('the net\n');
});
