/**
 * Runs one program in this thread against a host without power, and says what is wrong with how it ended. A program may
 * end with a value, an error of a class, an alarm, or a syntax error that says where. Nothing else.
 */
import { CaspianSyntaxError, type Outcome, parse, run } from '../../src/caspian/program.ts';
import { powerlessHost, readExpectation } from '../helpers/golden.ts';
import { grammarProgram } from './grammar.ts';
import { mutant } from './mutate.ts';
import { randomProgram } from './programs.ts';
import { Random } from './random.ts';

/** How programs come about. `random` ones are half of words that mean something, half of the grammar alone. */
export const KINDS = ['random', 'mutated'] as const;
/** `endless` is for the test of the watch alone. */
export type Kind = (typeof KINDS)[number] | 'endless';

/** The program of a kind, a seed and a number. */
export function programOf(kind: Kind, seed: number, number: number): string {
  const random = new Random(seed, number);
  if (kind === 'endless') return 'forever\nend\n';
  if (kind === 'mutated') return mutant(random);
  return number % 2 === 0 ? randomProgram(random) : grammarProgram(random);
}

const LIMITS = { callDepth: 200, outputBytes: 200_000 };
const ALARM = /^puck\.uno\/alarm\/(call_depth|output_limit|memory_limit)$/;
/** What no message of ours says: words of the engine below us, and of the machine that it runs on. */
const LEAK =
  /Cannot read|is not a function|not iterable|Maximum call stack|Invalid array length|\/work\/|node:|file:\/\/|\.ts:\d|\[object |\bSymbol\(/;

/** What is wrong with how a program ends, or null. */
export function complaintAbout(source: string): string | null {
  const expectation = readExpectation(source);
  const { host, written } = powerlessHost(expectation);
  let outcome: Outcome;
  try {
    outcome = run(parse(source, { file: 'fuzz.casp' }), host, LIMITS);
  } catch (thrown) {
    if (!(thrown instanceof CaspianSyntaxError)) return `threw ${String(thrown)}`;
    const lines = source.split('\n').length;
    if (!(thrown.line >= 1 && thrown.line <= lines + 1 && thrown.column >= 1)) {
      return `a syntax error at ${thrown.line}:${thrown.column} of ${lines} lines`;
    }
    return leakIn(thrown.message.replaceAll(thrown.sourceLine, ''), source);
  }
  if (outcome.ok) return strangeValue(outcome.value, 0) ?? leakIn(written.stdout + written.stderr, source);
  const { type, message, hint } = outcome.error;
  if (outcome.alarm !== null && !ALARM.test(outcome.alarm)) return `ended with ${outcome.alarm}: ${message}`;
  if (typeof type !== 'string' || typeof message !== 'string') return 'an error without a type or message';
  return leakIn(`${message}\n${hint ?? ''}\n${written.stdout}${written.stderr}`, source);
}

function leakIn(text: string, source: string): string | null {
  const leak = LEAK.exec(text)?.[0];
  return leak === undefined || source.includes(leak)
    ? null
    : `something of the host shows: ${leak} in ${text.slice(0, 300)}`;
}

/** A result must be plain data. */
function strangeValue(value: unknown, depth: number): string | null {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return null;
  if (value instanceof Uint8Array) return null;
  if (typeof value !== 'object' || depth > 600) return `a value of the type ${typeof value}`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype && prototype !== Array.prototype) return 'a host object';
  for (const part of Object.values(value)) {
    const strange = strangeValue(part, depth + 1);
    if (strange !== null) return strange;
  }
  return null;
}
