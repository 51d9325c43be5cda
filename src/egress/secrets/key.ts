/**
 * The key that secrets are sealed with: from the environment variable CASPIAN_EGRESS_KEY, or from a file of the operator's
 * that only its owner may read, made for the first secret that is kept. Trusted side.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { ArgumentError } from '../../errors/classes.ts';
import { pauseThread } from '../pause.ts';

const KEY_BYTES = 32;
const VARIABLE = 'CASPIAN_EGRESS_KEY';
/** How often, and with which pause, a key file that is empty is read. */
const MOST_TRIES = 20;
const AGAIN_MS = 10;

/** The key, looked for when it is first needed. Both raise ArgumentError where there is none. */
export interface KeySource {
  /** For what is sealed: where its key is missing another would only hide that. */
  read(): Uint8Array;
  /** While nothing is sealed: a key file that is missing is made. */
  make(): Uint8Array;
}

/** Where the key is if the environment has none: a file; or one is `made` for a state in this process alone; or there is none. */
export type KeyPlace = { readonly file: string } | 'made' | 'none';

type FromFile = (file: string) => Uint8Array;

export function keySource(environment: Readonly<Record<string, string | undefined>>, place: KeyPlace): KeySource {
  let key: Uint8Array | null = null;
  const find = (fromFile: FromFile): Uint8Array => {
    key ??= findKey(environment, place, fromFile);
    return key;
  };
  return { read: () => find(readFile), make: () => find(makeFile) };
}

function findKey(
  environment: Readonly<Record<string, string | undefined>>,
  place: KeyPlace,
  fromFile: FromFile,
): Uint8Array {
  const given = environment[VARIABLE];
  if (given !== undefined && given !== '') return decode(given, VARIABLE);
  if (place === 'made') return randomBytes(KEY_BYTES);
  if (place !== 'none') return fromFile(place.file);
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

function makeFile(file: string): Uint8Array {
  const made = randomBytes(KEY_BYTES);
  try {
    writeFileSync(file, `${made.toString('base64')}\n`, { flag: 'wx', mode: 0o600 });
    return made;
  } catch (error) {
    if (isError(error, 'EEXIST')) return readWritten(file);
    throw new ArgumentError(`the key file ${file} can not be made`, { cause: error });
  }
}

/** Another process has made it, and may not have written it yet. */
function readWritten(file: string): Uint8Array {
  for (let tries = 1; readPrivate(file) === '' && tries < MOST_TRIES; tries++) pauseThread(AGAIN_MS);
  return readFile(file);
}

function readFile(file: string): Uint8Array {
  return decode(readPrivate(file), file);
}

/** What nobody else can read. Raises ArgumentError where others can, or where it is missing. */
function readPrivate(file: string): string {
  const descriptor = openKey(file);
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

function openKey(file: string): number {
  try {
    return openSync(file, 'r');
  } catch (cause) {
    if (!isError(cause, 'ENOENT')) throw new ArgumentError(`the key file ${file} can not be read`, { cause });
    throw new ArgumentError(`the key file ${file} is missing, and ${VARIABLE} is not set`, {
      hint: 'bring back the one that secrets were sealed with, or remove the secrets and set them again',
    });
  }
}

function isError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
