/**
 * What ended a script in JavaScript, as its user reads it: the error, what would have helped, and the script's own lines.
 * Trusted side; the error is a guest's, and hostile: whoever prints the text escapes it.
 */
import { inspect } from 'node:util';
import { CaspianError, ScriptSyntaxError } from '../errors/classes.ts';
import { Net } from '../net/net.ts';

/** How far down an error's causes a hint is looked for. */
const MAX_CAUSES = 8;
const NO_NET = 'the script was given no network: launch it with --allow-net=HOST, or see caspian --help';

/** What a script was launched with, as far as it says why it failed. */
export interface Launched {
  /** Whether it was given a network. */
  readonly hasNet: boolean;
}

/** Several lines, without an end of line after the last. */
export function uncaughtText(thrown: unknown, { hasNet }: Launched): string {
  if (!(thrown instanceof Error)) return `thrown: ${inspect(thrown, { customInspect: false })}`;
  const { message, stack } = thrown;
  if (thrown instanceof ScriptSyntaxError) return message;
  const [said, ...frames] = stack?.includes(message) ? partsOf(stack, message) : [message];
  const hint = hintOf(thrown) ?? (!hasNet && isForNet(message) ? NO_NET : null);
  return [said, ...(hint === null ? [] : [`  hint: ${hint}`]), ...frames].join('\n');
}

/** What an error, or what caused it, says would have helped. */
function hintOf(error: Error): string | null {
  let at: unknown = error;
  for (let depth = 0; depth < MAX_CAUSES && at instanceof Error; depth += 1) {
    if (at instanceof CaspianError && at.hint !== null) return at.hint;
    at = at.cause;
  }
  return null;
}

/** The text of a stack up to the end of its message, and the frames that are the script's own. */
function partsOf(stack: string, message: string): string[] {
  const end = stack.indexOf(message) + message.length;
  const frames = stack.slice(end).split('\n').slice(1);
  return [stack.slice(0, end), ...frames.filter((frame) => !/\bcaspian:/.test(frame))];
}

/** Whether a script without a network failed for want of it. */
function isForNet(message: string): boolean {
  if (message.includes('this isolate has no network')) return true;
  const [, member] = /^Cannot read properties of null \(reading '(\w+)'\)$/.exec(message) ?? [];
  return member !== undefined && member in Net.prototype;
}
