/** `%process`. Powerless side. */
import { Exit, fail } from '../runtime/errors.ts';
import type { Instance, Value } from '../runtime/values.ts';
import { type MethodTable, singleton, wholeArg } from './table.ts';

function exitCode(value: Value | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  const code = wholeArg(value, 'the exit code');
  if (code < 0 || code > 255) throw fail.argument('the exit code must be from 0 to 255');
  return code;
}

export const PROCESS_TABLE: MethodTable<Instance> = {
  exit: [
    ['code?'],
    (_self, args) => {
      throw new Exit(exitCode(args[0], 0), { abort: false });
    },
  ],
  abort: [
    ['code?'],
    (_self, args) => {
      throw new Exit(exitCode(args[0], 1), { abort: true });
    },
  ],
};

export const processObject = singleton('process', PROCESS_TABLE);
