/** JavaScript's own words are ordinary names to a script, wherever it can write a name. */
import { expect, test } from 'vitest';
import { endsWith, printed } from '../helpers/golden-run.ts';

const WORDS = [
  'constructor',
  '__proto__',
  'toString',
  'valueOf',
  'then',
  'hasOwnProperty',
  'prototype',
  '__defineGetter__',
];

test.each(WORDS)('%s as a key of a hash', (word) => {
  const source = `
    $h = {}
    puts $h['${word}'].inspect, $h.has_key?('${word}')
    $h['${word}'] = 1
    puts $h.keys.join(','), $h['${word}'], %utils.json.generate($h)
    puts %utils.json.parse('{"${word}": 2}')['${word}'], {${word}: 3}['${word}'], $h.dig('${word}')`;
  expect(printed(source)).toBe(`null\nfalse\n${word}\n1\n{"${word}":1}\n2\n3\n1\n`);
});

test.each(WORDS)('%s as the name of a variable, a field, a method, a parameter and a function', (word) => {
  const source = `
    $${word} = 'v'
    function &${word}_f($${word}, k_${word}: 2) $${word} + k end
    $c = class
      field :${word}, :get, :set
      method get_it() @${word} end
    end
    $o = $c.new(${word}: 'f')
    puts $${word}, $o.${word}, $o.get_it`;
  expect(printed(source.replace(/function.*\n/, ''))).toBe('v\nf\nf\n');
});

test.each(WORDS)('%s is no method of anything and no variable', (word) => {
  for (const value of [
    'null',
    '1',
    "'x'",
    'true',
    '[]',
    '{a: 1}',
    "'x'.bytes",
    'closure() 1 end',
    '(class end)',
    '%utils',
    '%stdout',
  ]) {
    expect(endsWith(`${value}.${word}`), value).toBe('puck.uno/error/undefined_method');
  }
  expect(endsWith(`puts $${word}`)).toBe('puck.uno/error/undefined_variable');
  expect(endsWith(`function &f() 1 end\n&f(${word}: 1)`)).toBe('puck.uno/error/argument');
  expect(endsWith(`%puck['${word}/${word}']`)).not.toBeNull();
});

test.each(WORDS)('%s in plain data is data', (word) => {
  const { outcome } = runFor(`{'${word}': {'${word}': 1}}`);
  expect(outcome.ok).toBe(true);
  if (!outcome.ok) return;
  expect(Object.getPrototypeOf(outcome.value)).toBeNull();
  expect(Object.keys(outcome.value as object)).toEqual([word]);
  expect(Object.prototype).not.toHaveProperty('polluted');
});

import { runScript as runFor } from '../helpers/golden-run.ts';
