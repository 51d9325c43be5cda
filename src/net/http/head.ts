/**
 * Reads along with the head of a response, for what undici's parser lets pass: status lines of other protocols and
 * versions, and status codes below 100. Trusted side, pure; the bytes are hostile.
 */

/** `HTTP/1.x NNN`, position by position; `x` is 0 or 1, `N` a digit, the first of them not 0. */
const START = 'HTTP/1.x NNN';
const VERSION_AT = 7;
const STATUS_AT = 9;
const DIGIT_0 = 0x30;
const DIGIT_1 = 0x31;
const DIGIT_9 = 0x39;
const CR = 0x0d;
const HEAD_END = '\r\n\r\n';

export class HeadReader {
  version: '1.0' | '1.1' = '1.1';
  /** True once the status line is known to be of a final response. */
  final = false;
  /** True once the whole head has come. */
  ended = false;
  /** Why `scan` gave up. */
  complaint = '';

  /** How much of START has come. */
  #matched = 0;
  /** How much of HEAD_END stood at the end of the last piece. */
  #ending = 0;

  reset(): void {
    this.#matched = 0;
    this.#ending = 0;
    this.final = false;
    this.ended = false;
  }

  /** Where in `chunk` the head ends; its length if it goes on. Null if these are no HTTP/1 headers. */
  scan(chunk: Buffer): number | null {
    if (this.#matched < START.length && !this.#matchStart(chunk)) return null;
    let at = 0;
    while (this.#ending > 0 && at < chunk.length) {
      this.#step(chunk[at++]);
      if (this.#ending === HEAD_END.length) return this.#end(at);
    }
    if (at === chunk.length) return at;
    const found = chunk.indexOf(HEAD_END, at, 'latin1');
    if (found >= 0) return this.#end(found + HEAD_END.length);
    for (at = Math.max(at, chunk.length - 3); at < chunk.length; at++) this.#step(chunk[at]);
    return at;
  }

  #end(at: number): number {
    this.ended = true;
    return at;
  }

  /** One byte of what may be the end. */
  #step(byte: number | undefined): void {
    if (byte === HEAD_END.charCodeAt(this.#ending)) this.#ending++;
    else this.#ending = byte === CR ? 1 : 0;
  }

  #matchStart(chunk: Buffer): boolean {
    for (let at = 0; at < chunk.length && this.#matched < START.length; at++, this.#matched++) {
      const byte = chunk[at] ?? 0;
      if (!this.#fits(byte)) return false;
    }
    return true;
  }

  #fits(byte: number): boolean {
    const at = this.#matched;
    if (at === VERSION_AT) {
      this.version = byte === DIGIT_0 ? '1.0' : '1.1';
      return this.#because(byte === DIGIT_0 || byte === DIGIT_1, 'it answers in another version');
    }
    if (at === STATUS_AT) this.final = byte > DIGIT_1;
    if (at >= STATUS_AT) {
      const lowest = at === STATUS_AT ? DIGIT_1 : DIGIT_0;
      return this.#because(byte >= lowest && byte <= DIGIT_9, 'its status is no status');
    }
    return this.#because(byte === START.charCodeAt(at), 'its answer does not begin with HTTP/1');
  }

  #because(fits: boolean, complaint: string): boolean {
    if (!fits) this.complaint = complaint;
    return fits;
  }
}
