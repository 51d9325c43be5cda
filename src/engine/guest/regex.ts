/**
 * Regular expressions in linear time: RE2, by way of re2js. Trusted code in the script's thread, but it computes only;
 * a bundle of its own, which the first regex of a script loads. Pattern and text are hostile.
 */
import { type Matcher, RE2JS, RE2JSException } from 're2js';
import {
  type CompiledRegex,
  type RegexEngine,
  type RegexFlags,
  RegexSyntaxError,
  type Spans,
} from '../../caspian/program.ts';
import { programSize } from './regex-size.ts';

/** Instructions of one pattern: the time for each character of the text grows with them. */
const MAX_INSTRUCTIONS = 20_000;

class Regex implements CompiledRegex {
  readonly names: ReadonlyMap<string, number>;
  readonly groups: number;
  readonly #compiled: RE2JS;

  constructor(compiled: RE2JS) {
    this.#compiled = compiled;
    this.groups = compiled.groupCount();
    this.names = new Map(Object.entries(compiled.namedGroups()));
  }

  test(text: string): boolean {
    return this.#compiled.test(text);
  }

  walk(text: string): (from: number) => Spans | null {
    const matcher = this.#compiled.matcher(text);
    return (from) => (from <= text.length && matcher.find(from) ? this.#spans(matcher) : null);
  }

  #spans(matcher: Matcher): Spans {
    const spans: number[] = [];
    for (let group = 0; group <= this.groups; group++) spans.push(matcher.start(group), matcher.end(group));
    return spans;
  }
}

function bits(flags: RegexFlags): number {
  return (
    (flags.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) |
    (flags.multiline ? RE2JS.MULTILINE : 0) |
    (flags.dotAll ? RE2JS.DOTALL : 0)
  );
}

export const engine: RegexEngine = {
  compile(pattern, flags) {
    // SECURITY: before anything is built: a short pattern can stand for a machine of millions of states
    // (test/attacks/caspian-regex-size).
    if (pattern.length > MAX_INSTRUCTIONS || programSize(pattern) > MAX_INSTRUCTIONS) {
      throw new RegexSyntaxError(
        `the pattern is too large: its repetitions unfold to more than ${MAX_INSTRUCTIONS} steps`,
      );
    }
    try {
      return new Regex(RE2JS.compile(pattern, bits(flags)));
    } catch (thrown) {
      if (!(thrown instanceof RE2JSException)) throw thrown;
      throw new RegexSyntaxError(thrown.message.replace('error parsing regexp: ', ''));
    }
  },
};
