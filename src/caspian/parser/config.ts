/**
 * `%engine.config`, read from the tree without running anything. Powerless side; what comes out is a claim of the
 * script's, for people and launchers to look at.
 */
import { parseJson } from '../builtins/json.ts';
import { CaspianSyntaxError, type SyntaxPlace } from '../lexer/syntax-error.ts';
import { Failure } from '../runtime/errors.ts';
import { type PlainObject, toPlain } from '../runtime/plain.ts';
import type { Value } from '../runtime/values.ts';
import type { Declaration, Node, Program } from './ast.ts';

export interface ScriptConfig {
  /** All blocks merged; hashes by key, lists one after the other. */
  readonly config: PlainObject;
  /** One line for each key that two blocks give. */
  readonly warnings: readonly string[];
}

/** Reads the top-level blocks. Throws CaspianSyntaxError for one that is no JSON object. */
export function extractConfig(program: Program): ScriptConfig {
  const merged: Map<string, Value> = new Map();
  const warnings: string[] = [];
  for (const statement of program.body) {
    if (statement.type !== 'declaration' || statement.kind !== 'config') continue;
    merge(merged, readBlock(program, statement), [], (path) => {
      warnings.push(
        `${program.file}:${statement.line}: %engine.config gives '${path}' again: lists are joined, else the later one holds`,
      );
    });
  }
  return { config: toPlain(merged, '%engine.config') as PlainObject, warnings };
}

function readBlock(program: Program, block: Declaration): Map<string, Value> {
  const place: SyntaxPlace = {
    file: program.file,
    line: block.line,
    column: 1,
    rest: '…',
    sourceLine: program.source.split('\n', block.line)[block.line - 1] ?? '',
  };
  const text = textOf(block.text);
  if (text === null) throw new CaspianSyntaxError('%engine.config takes a text without interpolation', place);
  try {
    const value = parseJson(text);
    if (value instanceof Map) return value;
  } catch (thrown) {
    if (thrown instanceof Failure) throw new CaspianSyntaxError(`%engine.config: ${thrown.message}`, place);
    throw thrown;
  }
  throw new CaspianSyntaxError('%engine.config must hold a JSON object', place);
}

function textOf(node: Node): string | null {
  return node.type === 'literal' && typeof node.value === 'string' ? node.value : null;
}

function merge(
  into: Map<string, Value>,
  from: ReadonlyMap<string, Value>,
  path: readonly string[],
  repeated: (path: string) => void,
): void {
  for (const [key, value] of from) {
    const there = into.get(key);
    if (there instanceof Map && value instanceof Map) {
      merge(there, value, [...path, key], repeated);
    } else {
      if (there !== undefined) repeated([...path, key].join('.'));
      into.set(key, Array.isArray(there) && Array.isArray(value) ? [...there, ...value] : value);
    }
  }
}
