/**
 * Operators. Powerless side. Each has its fast way for numbers as closures of its own, so that V8 sees one type at each
 * place; variables of the current frame and constants are read without a further call.
 */
import type { BinaryOp, Node } from '../parser/ast.ts';
import type { Site } from '../runtime/code.ts';
import { compare, equal } from '../runtime/equality.ts';
import { MAX_TEXT } from '../runtime/limits.ts';
import type { Machine } from '../runtime/machine.ts';
import { add, divide, multiply, ordered, power, remainder, subtract } from '../runtime/operators.ts';
import type { Value } from '../runtime/values.ts';
import type { Compiler } from './compiler.ts';
import type { Eval } from './nodes.ts';
import { localSlot } from './variables.ts';

/** The general form of an operator, for any two values. */
type Slow = (a: Value, b: Value) => Value;

function slowOf(vm: Machine, op: BinaryOp, site: Site): Slow {
  const show = (value: Value): string => vm.display(value, site);
  const apply = generalOf(op, show);
  return (a, b) => {
    try {
      return apply(a, b);
    } catch (thrown) {
      throw vm.wrap(thrown, site);
    }
  };
}

function generalOf(op: BinaryOp, show: (value: Value) => string): Slow {
  switch (op) {
    case '+':
      return (a, b) => add(a, b, show);
    case '-':
      return subtract;
    case '*':
      return multiply;
    case '/':
      return divide;
    case '%':
      return remainder;
    case '**':
      return power;
    case '==':
      return equal;
    case '!=':
      return (a, b) => !equal(a, b);
    case '<=>':
      return compare;
    default:
      return (a, b) => ordered(op, a, b);
  }
}

export function binaryNode(c: Compiler, op: BinaryOp, left: Node, right: Node, line: number): Eval {
  const slow = slowOf(c.vm, op, c.site(line, ''));
  const a = c.value(left);
  const slot = localSlot(c, left);
  if (right.type === 'literal' && typeof right.value === 'number') {
    const k = right.value;
    const special = slot >= 0 ? slotConst(op, slot, k, slow) : anyConst(op, a, k, slow);
    if (special !== null) return special;
  }
  const b = c.value(right);
  const other = localSlot(c, right);
  if (slot >= 0 && other >= 0) {
    const special = slotSlot(op, slot, other, slow);
    if (special !== null) return special;
  }
  return anyAny(op, a, b, slow);
}

/** An operator over two nodes that are compiled already. */
export function operator(c: Compiler, op: '+' | '-' | '*' | '/', a: Eval, b: Eval, line: number): Eval {
  return anyAny(op, a, b, slowOf(c.vm, op, c.site(line, '')));
}

function slotConst(op: BinaryOp, slot: number, k: number, slow: Slow): Eval | null {
  switch (op) {
    case '+':
      return (f) => {
        const a = f[slot] as Value;
        return typeof a === 'number' ? a + k : slow(a, k);
      };
    case '-':
      return (f) => {
        const a = f[slot] as Value;
        return typeof a === 'number' ? a - k : slow(a, k);
      };
    case '*':
      return (f) => {
        const a = f[slot] as Value;
        return typeof a === 'number' ? a * k : slow(a, k);
      };
    case '<':
      return (f) => {
        const a = f[slot] as Value;
        return typeof a === 'number' ? a < k : slow(a, k);
      };
    case '<=':
      return (f) => {
        const a = f[slot] as Value;
        return typeof a === 'number' ? a <= k : slow(a, k);
      };
    case '>':
      return (f) => {
        const a = f[slot] as Value;
        return typeof a === 'number' ? a > k : slow(a, k);
      };
    case '>=':
      return (f) => {
        const a = f[slot] as Value;
        return typeof a === 'number' ? a >= k : slow(a, k);
      };
    case '==':
      return (f) => f[slot] === k;
    case '%':
      return k > 0
        ? (f) => {
            const a = f[slot] as Value;
            return typeof a === 'number' && a >= 0 ? a % k : slow(a, k);
          }
        : null;
    default:
      return null;
  }
}

function anyConst(op: BinaryOp, left: Eval, k: number, slow: Slow): Eval | null {
  switch (op) {
    case '+':
      return (f) => {
        const a = left(f);
        return typeof a === 'number' ? a + k : slow(a, k);
      };
    case '-':
      return (f) => {
        const a = left(f);
        return typeof a === 'number' ? a - k : slow(a, k);
      };
    case '*':
      return (f) => {
        const a = left(f);
        return typeof a === 'number' ? a * k : slow(a, k);
      };
    case '<':
      return (f) => {
        const a = left(f);
        return typeof a === 'number' ? a < k : slow(a, k);
      };
    case '==':
      return (f) => left(f) === k;
    case '%':
      return k > 0
        ? (f) => {
            const a = left(f);
            return typeof a === 'number' && a >= 0 ? a % k : slow(a, k);
          }
        : null;
    default:
      return null;
  }
}

function slotSlot(op: BinaryOp, first: number, second: number, slow: Slow): Eval | null {
  switch (op) {
    case '+':
      return (f) => {
        const a = f[first] as Value;
        const b = f[second] as Value;
        return typeof a === 'number' && typeof b === 'number' ? a + b : slow(a, b);
      };
    case '-':
      return (f) => {
        const a = f[first] as Value;
        const b = f[second] as Value;
        return typeof a === 'number' && typeof b === 'number' ? a - b : slow(a, b);
      };
    case '*':
      return (f) => {
        const a = f[first] as Value;
        const b = f[second] as Value;
        return typeof a === 'number' && typeof b === 'number' ? a * b : slow(a, b);
      };
    case '<':
      return (f) => {
        const a = f[first] as Value;
        const b = f[second] as Value;
        return typeof a === 'number' && typeof b === 'number' ? a < b : slow(a, b);
      };
    case '<=':
      return (f) => {
        const a = f[first] as Value;
        const b = f[second] as Value;
        return typeof a === 'number' && typeof b === 'number' ? a <= b : slow(a, b);
      };
    default:
      return null;
  }
}

function anyAny(op: BinaryOp, left: Eval, right: Eval, slow: Slow): Eval {
  switch (op) {
    case '+':
      return (f) => {
        const a = left(f);
        const b = right(f);
        if (typeof a === 'number' && typeof b === 'number') return a + b;
        return typeof a === 'string' && typeof b === 'string' && a.length + b.length <= MAX_TEXT ? a + b : slow(a, b);
      };
    case '-':
      return (f) => {
        const a = left(f);
        const b = right(f);
        return typeof a === 'number' && typeof b === 'number' ? a - b : slow(a, b);
      };
    case '*':
      return (f) => {
        const a = left(f);
        const b = right(f);
        return typeof a === 'number' && typeof b === 'number' ? a * b : slow(a, b);
      };
    case '/':
      return (f) => {
        const a = left(f);
        const b = right(f);
        return typeof a === 'number' && typeof b === 'number' ? a / b : slow(a, b);
      };
    case '<':
      return (f) => {
        const a = left(f);
        const b = right(f);
        return typeof a === 'number' && typeof b === 'number' ? a < b : slow(a, b);
      };
    case '>':
      return (f) => {
        const a = left(f);
        const b = right(f);
        return typeof a === 'number' && typeof b === 'number' ? a > b : slow(a, b);
      };
    case '==':
      return (f) => {
        const a = left(f);
        const b = right(f);
        return typeof a === 'number' || typeof a === 'string'
          ? a === b || (typeof b === 'object' && slow(a, b))
          : slow(a, b);
      };
    default:
      return (f) => {
        const a = left(f);
        return slow(a, right(f));
      };
  }
}
