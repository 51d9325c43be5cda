/** A native method learns which role's code called it, and where; built-ins between do not blur that. */
import { expect, test } from 'vitest';
import { defineClass, makeObject } from '../../src/caspian/native.ts';
import { runScript } from '../helpers/golden-run.ts';

function callers(source: string, library: string): readonly string[] {
  const seen: string[] = [];
  const net = defineClass<null>({
    url: 'puck.uno/net',
    methods: {
      fetch: {
        params: ['url?'],
        run: (_state, _args, call) => {
          seen.push(`${call.by.role} ${call.by.file}:${call.by.line}`);
          return null;
        },
      },
    },
  });
  const host = { net: (role: string) => (role === 'user' ? makeObject(net, null) : null) };
  runScript(source, { host, libraries: { 'lib.org/x': library } });
  return seen;
}

test('a library that is handed the object', () => {
  expect(callers("%['lib.org/x'].call(%net)", 'closure($n)\n$n.fetch\nend')).toEqual(['lib.org/x lib.org/x:2']);
});

test('a library that calls through built-ins', () => {
  expect(callers("%['lib.org/x'].call(%net)", 'closure($n)\n[1].map { |x|\n $n.fetch(x) }\nend')).toEqual([
    'lib.org/x lib.org/x:3',
  ]);
});

test("a user's closure that a library calls is the user", () => {
  expect(callers("%['lib.org/x'].call({\n%net.fetch })", 'closure($f) $f.call end')).toEqual(['user script.casp:2']);
});

test('a library that holds a jail is the library', () => {
  expect(callers("%['lib.org/x'].call(%net.object.jail('fetch'))", 'closure($n)\n\n$n.fetch\nend')).toEqual([
    'lib.org/x lib.org/x:3',
  ]);
});
