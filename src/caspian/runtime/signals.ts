/**
 * Jumps that have to cross JavaScript frames: out of a block that a method runs. Powerless side. Plain objects, since a
 * stack trace costs more than the jump. A catch lets them pass; an ensure runs.
 */
import type { Frame, FunctionValue, Instance, Value } from './values.ts';

/** A `return` out of a block that runs as a function: to the activation that `home` is the frame of. */
export class ReturnSignal {
  readonly home: Frame;
  readonly value: Value;

  constructor(home: Frame, value: Value) {
    this.home = home;
    this.value = value;
  }
}

/** A `break` out of a block that runs as a function: ends the call that the block was given to. */
export class BreakSignal {
  readonly block: FunctionValue;
  readonly value: Value;
  readonly levels: number;

  constructor(block: FunctionValue, value: Value, levels: number) {
    this.block = block;
    this.value = value;
    this.levels = levels;
  }
}

/** `$loop.break` and `$loop.next` from anywhere inside. */
export class LoopSignal {
  readonly loop: Instance;
  readonly kind: 'break' | 'next';
  readonly value: Value;

  constructor(loop: Instance, kind: 'break' | 'next', value: Value) {
    this.loop = loop;
    this.kind = kind;
    this.value = value;
  }
}
