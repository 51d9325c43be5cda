/**
 * multipart/form-data (RFC 7578), as browsers write it: names and file names in UTF-8, with what could end a line or
 * the quotes percent-encoded (WHATWG HTML, "multipart form data"). Trusted side; names are hostile.
 */
import { randomBytes } from 'node:crypto';

/** Unguessable, so that no content can hold it. */
export function newBoundary(): string {
  return `caspian-${randomBytes(24).toString('hex')}`;
}

export interface PartAbout {
  readonly name: string;
  readonly filename?: string | undefined;
  /** A content type; checked before. */
  readonly type?: string | undefined;
}

/** What stands before a part's content; a line break stands after it. */
export function partHead(boundary: string, { name, filename, type }: PartAbout): Uint8Array {
  const file = filename === undefined ? '' : `; filename="${escapeName(filename)}"`;
  const kind = type ?? (filename === undefined ? null : 'application/octet-stream');
  const typed = kind === null ? '' : `Content-Type: ${kind}\r\n`;
  return Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(name)}"${file}\r\n${typed}\r\n`,
  );
}

/** What stands after the last part. */
export function closing(boundary: string): Uint8Array {
  return Buffer.from(`--${boundary}--\r\n`);
}

/** SECURITY: a name can't end its line or its quotes, and so not add a header or a part (test/embed/contract/http-bodies.test.ts). */
function escapeName(text: string): string {
  return text.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22');
}
