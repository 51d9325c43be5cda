/** Arrays, hashes, interpolated strings, unary operators. Powerless side. */
import type { ArrayLiteral, HashLiteral, Template, Unary } from '../parser/ast.ts';
import { numberText } from '../runtime/digits.ts';
import { fail } from '../runtime/errors.ts';
import { checkItems, checkText } from '../runtime/limits.ts';
import { keyOf, negate } from '../runtime/operators.ts';
import { typeName } from '../runtime/text.ts';
import type { Frame, Value } from '../runtime/values.ts';
import type { Compiler } from './compiler.ts';
import type { Eval } from './nodes.ts';

/** Characters from which on an interpolated text is worth a check. */
const LARGE = 2 ** 16;

export function unaryValue(c: Compiler, node: Unary): Eval {
  if (node.op === '-' && node.operand.type === 'literal' && typeof node.operand.value === 'number') {
    const value = -node.operand.value;
    return () => value;
  }
  const operand = c.value(node.operand);
  if (node.op === '!') {
    return (frame) => {
      const value = operand(frame);
      return value === false || value === null;
    };
  }
  const { vm } = c;
  const site = c.site(node.line, '');
  return (frame) => {
    const value = operand(frame);
    if (typeof value === 'number') return -value;
    try {
      return negate(value);
    } catch (thrown) {
      throw vm.wrap(thrown, site);
    }
  };
}

export function arrayValue(c: Compiler, node: ArrayLiteral): Eval {
  const { vm } = c;
  const site = c.site(node.line, '');
  const items = node.items.map((item) =>
    item.type === 'splat' ? { splat: true, value: c.value(item.value) } : { splat: false, value: c.value(item) },
  );
  if (items.every((item) => !item.splat)) {
    const values = items.map((item) => item.value);
    return (frame) => {
      const array: Value[] = [];
      for (let at = 0; at < values.length; at++) array.push((values[at] as Eval)(frame));
      return array;
    };
  }
  return (frame) => {
    const array: Value[] = [];
    for (const item of items) {
      const value = item.value(frame);
      if (!item.splat) array.push(value);
      else if (Array.isArray(value)) {
        checkItems(array.length + value.length);
        for (const inner of value) array.push(inner);
      } else throw vm.wrap(fail.type(`* expands an array, not ${typeName(value)}`), site);
    }
    return array;
  };
}

export function hashValue(c: Compiler, node: HashLiteral): Eval {
  const { vm } = c;
  const site = c.site(node.line, '');
  const fills = node.entries.map((entry): ((frame: Frame, hash: Map<string, Value>) => void) => {
    if (entry.type === 'splat') {
      const value = c.value(entry.value);
      return (frame, hash) => {
        const more = value(frame);
        if (!(more instanceof Map)) throw vm.wrap(fail.type(`** expands a hash, not ${typeName(more)}`), site);
        for (const [key, item] of more) hash.set(key, item);
      };
    }
    const value = c.value(entry.value);
    if (entry.key.type === 'literal' && typeof entry.key.value === 'string') {
      const key = entry.key.value;
      return (frame, hash) => {
        hash.set(key, value(frame));
      };
    }
    const key = c.value(entry.key);
    return (frame, hash) => {
      const name = key(frame);
      try {
        hash.set(keyOf(name), value(frame));
      } catch (thrown) {
        throw vm.wrap(thrown, site);
      }
    };
  });
  return (frame) => {
    const hash = new Map<string, Value>();
    for (const fill of fills) fill(frame, hash);
    return hash;
  };
}

export function templateValue(c: Compiler, node: Template): Eval {
  const { vm } = c;
  const site = c.site(node.line, 'to_string');
  // The text before each value, and behind the last one.
  const texts: string[] = [''];
  const values: Eval[] = [];
  for (const part of node.parts) {
    if (typeof part === 'string') {
      texts[values.length] += part;
    } else {
      values.push(c.value(part));
      texts.push('');
    }
  }
  const show = (value: Value): string => (typeof value === 'string' ? value : vm.display(value, site));
  const large = (length: number): void => {
    try {
      checkText(length);
    } catch (thrown) {
      throw vm.wrap(thrown, site);
    }
  };
  const [before = '', behind = ''] = texts;
  const [only] = values;
  if (values.length === 1 && only !== undefined) {
    return (frame) => {
      const value = only(frame);
      const text = before + (typeof value === 'number' ? numberText(value) : show(value)) + behind;
      if (text.length > LARGE) large(text.length);
      return text;
    };
  }
  const [, second] = values;
  if (values.length === 2 && only !== undefined && second !== undefined) {
    const last = texts[2] ?? '';
    return (frame) => {
      const first = only(frame);
      const left = before + (typeof first === 'number' ? numberText(first) : show(first));
      const value = second(frame);
      // Short pieces are joined at once; a longer text is a tree of them, which should be small.
      const right = behind + (typeof value === 'number' ? numberText(value) : show(value)) + last;
      const text = left + right;
      if (text.length > LARGE) large(text.length);
      return text;
    };
  }
  return (frame) => {
    let text = before;
    for (let at = 0; at < values.length; at++) {
      const value = (values[at] as Eval)(frame);
      text += typeof value === 'number' ? numberText(value) : show(value);
      text += texts[at + 1];
      if (text.length > LARGE) large(text.length);
    }
    return text;
  };
}
