/** Standard input, read on demand and never ahead of need by more than a chunk. Powerless side. */
import type { RuntimeHost } from '../host.ts';
import { fail } from './errors.ts';
import { checkText } from './limits.ts';
import { joinParts } from './operators.ts';
import { decodeUtf8 } from './text.ts';
import { truthy, type Value } from './values.ts';

const CHUNK = 65_536;
const NEWLINE = 10;
const RETURN = 13;

export class Input {
  readonly #host: RuntimeHost;
  #rest: Uint8Array = new Uint8Array();
  #ended = false;

  constructor(host: RuntimeHost) {
    this.#host = host;
  }

  /** Everything up to the end as text; with a `max` what is there, at least a byte and at most so many, null at the end. */
  read(max: Value): Value {
    if (max === null) return decodeUtf8(this.#everything());
    if (typeof max !== 'number' || !(max >= 1)) throw fail.argument('max must be a number, 1 or more');
    if (this.#rest.length === 0 && !this.#more(max)) return null;
    return decodeUtf8(this.#take(Math.min(max, this.#rest.length)));
  }

  #everything(): Uint8Array {
    const parts = [this.#take(this.#rest.length)];
    let length = this.#rest.length;
    while (this.#more(CHUNK)) {
      length += this.#rest.length;
      checkText(length);
      parts.push(this.#take(this.#rest.length));
    }
    return joinParts(parts);
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
    this.#rest = this.#rest.length === 0 ? chunk : joinParts([this.#rest, chunk]);
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
