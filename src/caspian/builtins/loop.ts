/**
 * `.count`, `.index`, `.active?`, `.next`, `.break(value)`, `.return(value)` of a loop object. Powerless side.
 */

import { type Method, NativeMethod } from '../runtime/classes.ts';
import { fail } from '../runtime/errors.ts';
import type { LoopState } from '../runtime/loop.ts';
import { LoopSignal } from '../runtime/signals.ts';
import type { Instance, Value } from '../runtime/values.ts';

export function loopMethods(methods: Map<string, Method>): void {
  const getter = (name: string, read: (state: LoopState) => Value): void => {
    methods.set(name, new NativeMethod(name, {}, (self) => read((self as Instance).state as LoopState)));
  };
  getter('count', (state) => state.count);
  getter('index', (state) => state.count - 1);
  getter('active?', (state) => state.active);
  for (const name of ['next', 'break', 'return']) methods.set(name, jump(name));
}

/** `.break` and `.return` both end the loop, with a value. */
function jump(name: string): NativeMethod {
  return new NativeMethod(name, { params: ['value?'] }, (self, args) => {
    const loop = self as Instance;
    if (!(loop.state as LoopState).active) throw fail.jump('this loop has already ended');
    throw new LoopSignal(loop, name === 'next' ? 'next' : 'break', args[0] ?? null);
  });
}
