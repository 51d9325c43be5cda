/**
 * Makes the last statement of a source what it comes to: `1 + 1` becomes `return (1 + 1)`. Powerless; runs in a context
 * of its own beside the guest's, so that a guest can't reach into it.
 */
import { parse } from 'acorn';

/** engine.ts knows how long it is. */
const RETURN = ';return (';

/**
 * The source with a return in it, or as it is where the last statement is no expression. A source that is one statement then
 * begins with RETURN. Throws SyntaxError.
 */
function withValue(source: string): string {
  const { body } = parse(source, {
    ecmaVersion: 'latest',
    allowAwaitOutsideFunction: true,
    allowReturnOutsideFunction: true,
  });
  const last = body.at(-1);
  if (last?.type !== 'ExpressionStatement') return source;
  const { end } = last.expression;
  // Behind the statement before, so that the last one keeps its place in its line.
  const before = body.at(-2)?.end ?? 0;
  return `${source.slice(0, before)}${RETURN}${source.slice(before, end)}\n)${source.slice(end)}`;
}

Object.defineProperty(globalThis, '__caspian_with_value', { value: withValue });
