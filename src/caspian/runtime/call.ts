/**
 * What a native method learns of the call that it serves. Powerless side; handed to src/stdlib as `Call`.
 */
import type { Site } from './code.ts';
import type { Machine } from './machine.ts';
import type { FunctionValue, Value } from './values.ts';

export const NO_NAMED: ReadonlyMap<string, Value> = new Map();
export const NO_ARGS: readonly Value[] = Object.freeze([]);

export class Call {
  readonly vm: Machine;
  /** Who calls: role, file and line. Always the script's code, however many built-ins lie between. */
  readonly by: Site;
  readonly named: ReadonlyMap<string, Value>;
  readonly block: FunctionValue | null;

  constructor(vm: Machine, by: Site, named: ReadonlyMap<string, Value> = NO_NAMED, block: FunctionValue | null = null) {
    this.vm = vm;
    this.by = by;
    this.named = named;
    this.block = block;
  }

  /** Calls a function as `.call` does: strict about arguments, under its owner's role. */
  invoke(target: Value, args: readonly Value[], named: ReadonlyMap<string, Value> = NO_NAMED): Value {
    return this.vm.callFunction(target, args, named, null, this.by);
  }

  /** Runs the block that was given, as an iteration does: surplus arguments are dropped, missing ones are null. */
  yield(first: Value): Value {
    return this.vm.yieldOne(this.block, first, this.by);
  }

  yieldTwo(first: Value, second: Value): Value {
    return this.vm.yieldTwo(this.block, first, second, this.by);
  }

  /** Milliseconds until the nearest `%utils.timeout` strikes, 0 or more; null without one. A blocking method bounds its wait by it. */
  timeLeft(): number | null {
    return this.vm.timeLeft();
  }

  /** To be called once a turn in a loop that a block may keep going for long. */
  tick(): void {
    if (--this.vm.fuel < 0) this.vm.checkTime(this.by);
  }

  /** To be called after a wait, and in long loops: raises if a `%utils.timeout` has struck. */
  checkTime(): void {
    this.vm.checkTime(this.by);
  }
}
