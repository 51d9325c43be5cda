/** A file's tree to code that runs it. Powerless side. */
import type { Node, Program } from '../parser/ast.ts';
import { type FunctionCode, newFrame } from '../runtime/code.ts';
import type { Libraries } from '../runtime/libraries.ts';
import type { Machine } from '../runtime/machine.ts';
import type { Frame } from '../runtime/values.ts';
import { functionBody } from './bodies.ts';
import { Compiler } from './compiler.ts';
import { finishOf, guardReturns } from './functions.ts';

export interface CompiledFile {
  readonly code: FunctionCode;
  readonly frame: Frame;
}

export function compileFile(vm: Machine, libraries: Libraries, program: Program, role: string): CompiledFile {
  const c = new Compiler(vm, libraries, role, program.file);
  const code = c.code(program.file, 'function', 1);
  declareGlobals(c, program.body);
  const { fn } = c.scope;
  const body = functionBody(c, program.body, finishOf(c, true));
  code.body = guardReturns(c, fn, body);
  code.frameSize = fn.entry.size;
  return { code, frame: newFrame(code.frameSize, undefined, null, null) };
}

/** Functions at the top level are seen by everything in the file. */
export function declareGlobals(c: Compiler, body: readonly Node[]): void {
  for (const statement of body) declareGlobal(c, statement);
}

function declareGlobal(c: Compiler, statement: Node): void {
  if (statement.type === 'function' && statement.kind === 'function' && statement.name !== null) {
    c.globalSlot(statement.name);
  }
  if (statement.type !== 'assign' || statement.target.type !== 'variable' || statement.op !== null) return;
  const { value, target } = statement;
  if (value.type === 'function' && value.kind === 'function') c.globalSlot(target.name);
}
