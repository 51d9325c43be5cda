/**
 * The key that secrets are sealed with: from the environment variable CASPIAN_EGRESS_KEY, or from a file of the operator's
 * that only its owner may read, made when it is first needed. Trusted side.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { ArgumentError } from '../../errors/classes.ts';

const KEY_BYTES = 32;
const VARIABLE = 'CASPIAN_EGRESS_KEY';
/** How often, and with which pause, a key file that is empty is read. */
const MOST_TRIES = 20;
const AGAIN_MS = 10;

/** A key, or how to get one: asked for when the first secret is. */
export type KeySource = () => Uint8Array;

/** Where the key is if the environment has none: a file; or one is `made` for a state in this process alone; or there is none. */
export type KeyPlace = { readonly file: string } | 'made' | 'none';

export function keySource(environment: Readonly<Record<string, string | undefined>>, place: KeyPlace): KeySource {
  let key: Uint8Array | null = null;
  return () => {
    key ??= readKey(environment, place);
    return key;
  };
}

function readKey(environment: Readonly<Record<string, string | undefined>>, place: KeyPlace): Uint8Array {
  const given = environment[VARIABLE];
  if (given !== undefined && given !== '') return decode(given, VARIABLE);
  if (place === 'made') return randomBytes(KEY_BYTES);
  if (place !== 'none') return keyFromFile(place.file);
  throw new ArgumentError(`secrets in a state that machines share need their key in ${VARIABLE}, or keyFile`, {
    hint: 'make one with: openssl rand -base64 32',
  });
}

function decode(text: string, where: string): Uint8Array {
  const trimmed = text.trim();
  const key = Buffer.from(trimmed, /^[0-9a-fA-F]{64}$/.test(trimmed) ? 'hex' : 'base64');
  if (key.length === KEY_BYTES) return key;
  throw new ArgumentError(`${where} must hold ${KEY_BYTES} bytes, in hex or base64`, {
    hint: 'make one with: openssl rand -base64 32',
  });
}

function keyFromFile(file: string): Uint8Array {
  const made = randomBytes(KEY_BYTES);
  try {
    writeFileSync(file, `${made.toString('base64')}\n`, { flag: 'wx', mode: 0o600 });
    return made;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') {
      throw new ArgumentError(`the key file ${file} can not be made`, { cause: error });
    }
  }
  // Another process may have made it, and not written it yet.
  for (let tries = 1; readPrivate(file) === '' && tries < MOST_TRIES; tries++) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, AGAIN_MS);
  }
  return decode(readPrivate(file), file);
}

/** What nobody else can read. Raises ArgumentError where others can. */
function readPrivate(file: string): string {
  const descriptor = openSync(file, 'r');
  try {
    const { mode } = fstatSync(descriptor);
    if ((mode & 0o077) !== 0) {
      throw new ArgumentError(`the key file ${file} can be read by others`, { hint: `chmod 600 ${file}` });
    }
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}
