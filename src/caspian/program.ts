/**
 * The door to the language: parse, run, report. Powerless side. The engine calls these; what a script may do is in the
 * RuntimeHost that it hands over.
 */
import type { RunLimits, RuntimeHost } from './host.ts';
import type { CaspianSyntaxError } from './lexer/syntax-error.ts';
import type { Program } from './parser/ast.ts';
import { parseProgram } from './parser/program.ts';
import { execute } from './runtime/execute.ts';
import type { Outcome } from './runtime/outcome.ts';

export type {
  CompiledRegex,
  DigestName,
  RegexEngine,
  RegexFlags,
  RunLimits,
  RuntimeHost,
  Spans,
  UrlParts,
} from './host.ts';
export { RegexSyntaxError } from './host.ts';
export { type Answer, type Completion, Interactive } from './interactive.ts';
export { CaspianSyntaxError } from './lexer/syntax-error.ts';
export type { Program } from './parser/ast.ts';
export { extractConfig, type ScriptConfig } from './parser/config.ts';
export { type ErrorReport, formatUncaught, type Outcome } from './runtime/outcome.ts';

/** Parses a script. Throws CaspianSyntaxError: line, column, what was found and expected, the source line. */
export function parse(source: string, options: { readonly file: string }): Program {
  return parseProgram(source, options.file);
}

/** Runs a script as the role `user`. Never throws for the script's sake. A program may be run any number of times. */
export function run(program: Program, host: RuntimeHost, limits: RunLimits = {}): Outcome {
  return execute(program, host, limits);
}

/** `file:line:column: message`, the line, a caret under the place, and the likely fix. */
export function formatSyntaxError(error: CaspianSyntaxError): string {
  const caret = ' '.repeat(Math.max(0, error.column - 1));
  const hint = error.hint === null ? '' : `  hint: ${error.hint}\n`;
  return `${error.file}:${error.line}:${error.column}: syntax error: ${error.message}\n  ${error.sourceLine}\n  ${caret}^\n${hint}`;
}
