/**
 * The compiler's state for one file, and which construct is compiled where. Powerless side. Runs once per run of the
 * file; closures it makes hold the machine, so that no node has to look for it.
 */
import type { BinaryOp, Node } from '../parser/ast.ts';
import { FunctionCode, type FunctionKind, Site } from '../runtime/code.ts';
import { fail } from '../runtime/errors.ts';
import type { Libraries } from '../runtime/libraries.ts';
import type { Machine } from '../runtime/machine.ts';
import type { Value } from '../runtime/values.ts';
import { binaryNode } from './arithmetic.ts';
import { assignStep, assignValue } from './assign.ts';
import { mayJump } from './bodies.ts';
import { callStep, callValue, commandValue, functionCallValue, superValue, yieldValue } from './calls.ts';
import { indexValue, safeChainValue } from './chains.ts';
import { classValue } from './classes.ts';
import { blockStep, jumpStep, logicStep, logicValue } from './control.ts';
import { beginStep, catchStep, raiseStep } from './exceptions.ts';
import { functionValue, returnThrower } from './functions.ts';
import { ifStep, ifTail, ifValue } from './if.ts';
import { arrayValue, hashValue, templateValue, unaryValue } from './literals.ts';
import { whileStep } from './loops.ts';
import { DONE, type Eval, RETURN, type Step } from './nodes.ts';
import { pipeValue } from './pipes.ts';
import { BlockScope, FunctionScope } from './scope.ts';
import { systemValue } from './system.ts';
import { bareValue, fieldValue, variableValue } from './variables.ts';

/** Whether the value of a step is wanted in `vm.result` when it is done. */
export type Wanted = 'value' | 'nothing';

export class Compiler {
  readonly vm: Machine;
  readonly libraries: Libraries;
  readonly role: string;
  readonly file: string;
  /** Functions of the file's top level, which everything in the file sees; by slot. */
  readonly globals: (Value | undefined)[] = [];
  readonly globalSlots = new Map<string, number>();
  /** Helpers of the classes around, innermost last. */
  readonly helpers: Map<string, number>[] = [];
  /** Name of the method around, for `super`. */
  method: { readonly name: string; readonly code: FunctionCode } | null = null;
  scope: BlockScope;
  /** A block that is compiled when it first runs: what stands behind it is assigned later. */
  late = false;
  /** What is compiled may be skipped when its scope runs: what it assigns first may stay unset. */
  maybe = false;
  #hidden = 0;

  constructor(vm: Machine, libraries: Libraries, role: string, file: string) {
    this.vm = vm;
    this.libraries = libraries;
    this.role = role;
    this.file = file;
    const fn = new FunctionScope('file', null, null);
    this.scope = new BlockScope(null, fn, fn.entry);
  }

  site(line: number, callee: string, expression: Node | null = null): Site {
    return new Site(this.role, this.file, line, callee, expression);
  }

  code(name: string, kind: FunctionKind, line: number): FunctionCode {
    return new FunctionCode(name, kind, this.site(line, name));
  }

  /** A name that no script can write, for a value that the compiler keeps in a slot. */
  hiddenName(): string {
    return `|${this.#hidden++}`;
  }

  globalSlot(name: string): number {
    let slot = this.globalSlots.get(name);
    if (slot === undefined) {
      slot = this.globals.length;
      this.globals.push(undefined);
      this.globalSlots.set(name, slot);
    }
    return slot;
  }

  /** Compiles in a scope and comes back. */
  inScope<R>(scope: BlockScope, step: () => R): R {
    const outer = { scope: this.scope, maybe: this.maybe };
    this.scope = scope;
    this.maybe = false;
    const result = step();
    this.scope = outer.scope;
    this.maybe = outer.maybe;
    return result;
  }

  /** Compiles something that may be skipped, in the current scope. */
  maybeSkipped<R>(step: () => R): R {
    const outer = this.maybe;
    this.maybe = true;
    const result = step();
    this.maybe = outer;
    return result;
  }

  /** Something that failed where the script has no call: raises it at a line. */
  fails(line: number, thrown: () => unknown): Eval {
    const site = this.site(line, '');
    return () => {
      throw this.vm.wrap(thrown(), site);
    };
  }

  /** A node whose value is wanted, inside an expression. */
  value(node: Node): Eval {
    switch (node.type) {
      case 'literal': {
        const { value } = node;
        return () => value;
      }
      case 'template':
        return templateValue(this, node);
      case 'variable':
        return variableValue(this, node);
      case 'bare':
        return bareValue(this, node);
      case 'field':
        return fieldValue(this, node);
      case 'system':
        return systemValue(this, node);
      case 'array':
        return arrayValue(this, node);
      case 'hash':
        return hashValue(this, node);
      case 'unary':
        return unaryValue(this, node);
      case 'binary':
        return binaryNode(this, node.op satisfies BinaryOp, node.left, node.right, node.line);
      case 'index':
        return indexValue(this, node);
      case 'function-call':
        return functionCallValue(this, node);
      case 'command':
        return commandValue(this, node);
      case 'pipe':
        return pipeValue(this, node);
      case 'safe-chain':
        return safeChainValue(this, node);
      case 'function':
        return functionValue(this, node);
      case 'class':
        return classValue(this, node);
      case 'super':
        return superValue(this, node);
      case 'yield':
        return yieldValue(this, node);
      case 'declaration':
        return () => null;
      case 'assign':
        return node.contents.jumps ? this.#fromStep(node) : assignValue(this, node);
      case 'logic':
        return node.contents.jumps ? this.#fromStep(node) : logicValue(this, node);
      case 'if':
        return node.contents.jumps ? this.#fromStep(node) : ifValue(this, node);
      case 'call':
        return callValue(this, node) ?? this.#fromStep(node);
      default:
        return this.#fromStep(node);
    }
  }

  /** A step inside an expression. A `return` in it still leaves the function; a `break` or `next` has no way out. */
  #fromStep(node: Node): Eval {
    const step = this.maybeSkipped(() => this.step(node, 'value'));
    const { vm } = this;
    const leave = mayJump(node) ? returnThrower(this, node.line) : null;
    const site = this.site(node.line, '');
    return (frame) => {
      const end = step(frame);
      if (end === DONE) return vm.result;
      if (end === RETURN && leave !== null) leave(frame);
      throw vm.wrap(fail.jump('break, next and %call.return can not stand inside an expression'), site);
    };
  }

  /** A node as a statement. */
  step(node: Node, wanted: Wanted): Step {
    switch (node.type) {
      case 'assign':
        return assignStep(this, node, wanted);
      case 'if':
        return ifStep(this, node, wanted);
      case 'while':
        return whileStep(this, node);
      case 'block':
        return blockStep(this, node, wanted);
      case 'begin':
        return beginStep(this, node, wanted);
      case 'catch':
        return catchStep(this, node);
      case 'return':
      case 'jump':
        return jumpStep(this, node);
      case 'raise':
        return raiseStep(this, node);
      case 'logic':
        if (node.contents.jumps) return logicStep(this, node, wanted);
        break;
      case 'call': {
        const step = callStep(this, node, wanted);
        if (step !== null) return step;
        break;
      }
      case 'declaration':
        return () => DONE;
      default:
    }
    return this.#fromValue(this.value(node), wanted);
  }

  #fromValue(value: Eval, wanted: Wanted): Step {
    const { vm } = this;
    if (wanted === 'nothing') {
      return (frame) => {
        value(frame);
        return DONE;
      };
    }
    return (frame) => {
      vm.result = value(frame);
      return DONE;
    };
  }

  /** The last statement of a function that is no block: its value is the function's, and a `return` needs no completion. */
  tail(node: Node): Eval | null {
    if (this.scope.fn.kind === 'block') return null;
    if (node.type === 'return' && (node.value === null || !mayJump(node.value))) {
      return node.value === null ? () => null : this.value(node.value);
    }
    if (node.type === 'if' && node.contents.jumps) return ifTail(this, node);
    return null;
  }
}
