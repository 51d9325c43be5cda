/** Standard input, read on demand and never ahead of need by more than a chunk. Powerless side. */
import type { RuntimeHost } from '../host.ts';
import { fail } from './errors.ts';
import { checkText, MAX_TEXT } from './limits.ts';
import { decodeUtf8, typeName } from './text.ts';
import { truthy, type Value } from './values.ts';

const CHUNK = 65_536;
const NEWLINE = 10;
const RETURN = 13;

export class Input {
  readonly #host: RuntimeHost;
  #rest = new Uint8Array();
  #ended = false;

  constructor(host: RuntimeHost) {
    this.#host = host;
  }

  /** Everything up to the end as text, or with a `max` at most so many bytes, null at the end. */
  read(max: Value): Value {
    if (max !== null && (typeof max !== 'number' || max < 1))
      throw fail.argument(`max must be 1 or more, not ${typeName(max)}`);
    const limit = max ?? MAX_TEXT;
    while (this.#rest.length < limit && this.#more(limit)) if (max !== null && this.#rest.length > 0) break;
    if (max === null && !this.#ended) checkText(MAX_TEXT + 1);
    if (max !== null && this.#rest.length === 0) return null;
    return decodeUtf8(this.#take(Math.min(limit, this.#rest.length)));
  }

  /** The next line with its end, unless `chomp`; the last one may have none; null at the end. */
  readLine(chomp: Value): Value {
    let from = 0;
    for (;;) {
      const at = this.#rest.indexOf(NEWLINE, from);
      if (at >= 0) return lineOf(this.#take(at + 1), truthy(chomp));
      from = this.#rest.length;
      checkText(from);
      if (!this.#more(CHUNK)) break;
    }
    return this.#rest.length === 0 ? null : lineOf(this.#take(this.#rest.length), truthy(chomp));
  }

  #take(count: number): Uint8Array {
    const taken = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(count);
    return taken;
  }

  #more(max: number): boolean {
    const chunk = this.#ended ? null : this.#host.readStdin(Math.min(max, CHUNK));
    if (chunk === null) {
      this.#ended = true;
      return false;
    }
    const joined = new Uint8Array(this.#rest.length + chunk.length);
    joined.set(this.#rest);
    joined.set(chunk, this.#rest.length);
    this.#rest = joined;
    return true;
  }
}

function lineOf(bytes: Uint8Array, chomp: boolean): string {
  let end = bytes.length;
  if (chomp && bytes[end - 1] === NEWLINE) {
    end--;
    if (bytes[end - 1] === RETURN) end--;
  }
  return decodeUtf8(bytes.subarray(0, end));
}
