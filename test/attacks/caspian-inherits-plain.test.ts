/** Attack: classes below those of plain values and of the engine's own objects, whose methods then meet what they do not know. */
import { expect, it } from 'vitest';
import { runScript } from '../helpers/script.ts';

const BASES = ['array', 'hash', 'string', 'bytes', 'number', 'function', 'class'].map(
  (name) => `inherits 'puck.uno/${name}'`,
);
const OBJECTS = ['1.object', '%chain', '%utils', '%stdout', '%utils.json', '%process'].map(
  (o) => `inherits ${o}.object.class`,
);
const CALLS = [
  'length',
  'keys',
  'push(1)',
  'first',
  'upper',
  'new()',
  'call()',
  'class',
  'role',
  'each do($x)\n$x\nend',
  'to_string',
  'inspect',
  'bytes',
  'join',
  'name',
  'url',
];

it.each([...BASES, ...OBJECTS])(
  '%s: an error of the script, never one of the engine, never a value that is none',
  async (base) => {
    for (const call of CALLS) {
      const source = `$e = catch('puck.uno/error')
$o = class
${base}
end.new()
puts "gave #{$o.${call}}"
end`;
      const { outcome, stdout } = await runScript(source);
      expect([call, outcome.ok ? null : outcome.alarm, stdout.includes('undefined')]).toEqual([call, null, false]);
    }
  },
  60_000,
);
