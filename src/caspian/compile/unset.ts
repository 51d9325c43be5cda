/**
 * What is said where a variable is read that is not set: that it is gone behind its block, that functions do not see what
 * is around them, or what may have been meant. Powerless side; looked for only when it has happened.
 */
import { type Failure, fail } from '../runtime/errors.ts';
import { didYouMean, nearest } from '../runtime/nearest.ts';
import type { BlockScope } from './scope.ts';

/** Where a name was looked for, and the functions of the file. */
export interface Place {
  readonly scope: BlockScope;
  readonly functions: ReadonlyMap<string, number>;
}

export function notSet(place: Place, name: string, kind: 'variable' | 'function'): Failure {
  const message =
    kind === 'variable' ? `the variable $${name} is not set` : `there is no function &${name}: $${name} is not set`;
  return fail.undefinedVariable(message, hintFor(place, name, kind === 'variable' ? '$' : '&') ?? undefined);
}

function hintFor({ scope, functions }: Place, name: string, mark: string): string | null {
  if (scope.find(name) !== null) return 'its first assignment has not run yet';
  if (scope.fn.hasClosed(name)) {
    return `$${name} was first assigned inside a block, and is gone behind its end: assign it before the block, as in $${name} = null`;
  }
  if (isAround(scope, name)) {
    return `functions do not see the variables around them: pass $${name} as an argument, or write a closure instead of a function`;
  }
  return didYouMean(nearest(name, [...visible(scope), ...functions.keys()]), mark);
}

/** True if the name is set outside of the function, which does not see it. */
function isAround(scope: BlockScope, name: string): boolean {
  for (let fn = scope.fn; ; ) {
    const outer = fn.parent ?? fn.around;
    if (outer === null) return false;
    if (outer.find(name) !== null) return true;
    fn = outer.fn;
  }
}

function visible(from: BlockScope): string[] {
  const names: string[] = [];
  for (let scope: BlockScope | null = from; scope !== null; scope = scope.parent ?? scope.fn.parent) {
    names.push(...scope.variables.keys());
  }
  return names.filter((name) => !name.startsWith('|'));
}
