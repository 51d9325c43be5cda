/**
 * A secret's value, from whoever types it or pipes it in. Trusted side. What is typed is not shown.
 */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { UsageError } from '../arguments.ts';

/** More than any secret has. */
const LONGEST = 65_536;

/** The value, without a line break at its end. Raises UsageError for none, or for one that is too long. */
export async function readValue(name: string, signal: AbortSignal): Promise<string> {
  const value = process.stdin.isTTY ? await ask(name, signal) : await readAll();
  if (value === '')
    throw new UsageError('no value was given', 'it is read from standard input, or asked for on a terminal');
  return value;
}

async function ask(name: string, signal: AbortSignal): Promise<string> {
  // What is typed is not echoed: the reader's own output leads nowhere.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: silent, terminal: true });
  process.stderr.write(`value of ${name}: `);
  try {
    return await reader.question('', { signal });
  } finally {
    reader.close();
    process.stderr.write('\n');
  }
}

async function readAll(): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of process.stdin) {
    const bytes = Buffer.from(piece);
    length += bytes.length;
    if (length > LONGEST) throw new UsageError(`a value of more than ${LONGEST} bytes is no secret`);
    pieces.push(bytes);
  }
  return decode(Buffer.concat(pieces)).replace(/\r?\n$/, '');
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(
      'the value is no UTF-8, and could not be sent as it is',
      'give bytes in base64 or hexadecimal',
    );
  }
}
