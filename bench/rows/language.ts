/**
 * The language: each program in a process of its own for every round, cold, timed inside, so that start-up is no part
 * of it. All must print the same.
 */
import { globSync } from 'node:fs';
import { type Command, reporting } from '../harness/processes.ts';
import {
  file,
  LUA,
  NODE,
  needsBuilt,
  needsLua,
  needsPackage,
  needsPython,
  needsRuby,
  OTHER_PYTHON,
  PYTHON,
  RUBY,
} from '../harness/programs.ts';
import type { Contestant, Need, Row, Target } from '../harness/row.ts';

/** For those that take seconds. */
const FEW_ROUNDS = 1;
const needsLanguage = needsBuilt('src/caspian/program.ts');
const here = (name: string) => file(`contestants/language/${name}`);

/** Ahead of Python and fengari on each program; `lua`: how many times Lua's time it may take. */
function program(name: string, title: string, lua?: number): Row {
  const ahead = ['python3', ...(OTHER_PYTHON === null ? [] : ['python3 of the PATH']), 'fengari'];
  const targets: Target[] = ahead.map((peer) => ({ peer, is: '≤', value: 1 }));
  if (lua !== undefined) targets.push({ peer: 'lua5.4', is: '≤', value: lua });
  const source = (ending: string) => here(`programs/${name}.${ending}`);
  const runs = (who: string, needs: readonly Need[], command: Command): Contestant => {
    return { name: who, needs, start: async () => reporting(command) };
  };
  const inJavaScript = (engine: string) =>
    runs(engine, [needsPackage(engine)], [NODE, here('lua-in-javascript.mjs'), engine, source('lua')]);
  return {
    name: `language.${name}`,
    title,
    unit: 'ms',
    better: 'less',
    rounds: 5,
    targets,
    contestants: () => [
      runs('caspian', [needsLanguage], [NODE, here('run-caspian.ts'), source('casp')]),
      runs('python3', [needsPython], [PYTHON, here('run.py'), source('py')]),
      ...(OTHER_PYTHON === null ? [] : [runs('python3 of the PATH', [], [OTHER_PYTHON, here('run.py'), source('py')])]),
      runs('lua5.4', [needsLua], [LUA, here('run.lua'), source('lua')]),
      runs('ruby', [needsRuby], [RUBY, here('run.rb'), source('rb')]),
      { ...inJavaScript('fengari'), mostRounds: FEW_ROUNDS },
      inJavaScript('wasmoon'),
    ],
  };
}

export const language: readonly Row[] = [
  program('fib', 'fib(30), which is calls of functions', 2),
  program('loop', 'a loop of 10 million steps', 4),
  program('strings', '300,000 interpolated lines, joined'),
  program('sort', 'sorting 100,000 numbers, plain and by a key'),
  program('methods', 'a million calls of a method that changes a field', 2),
  {
    name: 'language.parse',
    title: '1 MB of source, parsed for the first time',
    unit: 'MB/s',
    better: 'more',
    rounds: 5,
    targets: [{ peer: null, is: '≥', value: 5 }],
    contestants: () => {
      const sources = globSync([file('../examples/**/*.casp'), here('programs/*.casp')]).sort();
      const command: Command = [NODE, here('parse-caspian.ts'), ...sources];
      return [{ name: 'caspian', needs: [needsLanguage], start: async () => reporting(command) }];
    },
  },
];
