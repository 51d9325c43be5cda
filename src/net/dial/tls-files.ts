/**
 * TLS options that name a file instead of holding its text. Trusted side; the paths are a script's, and go through the
 * folders that were granted. What is in a file is never repeated by an error.
 */
import { ArgumentError } from '../../errors/classes.ts';
import type { Files } from '../files.ts';
import {
  MAX_PEM,
  type OptionRow,
  type OptionTable,
  pem,
  type SettledOptions,
  settleOptions,
  text,
} from '../options.ts';
import { SERVER_ONLY_OPTIONS, SERVER_TLS_OPTIONS, type TLS_OPTIONS } from './tls-options.ts';

function path(doc: string): OptionRow<string, null> {
  return text({ default: null, doc: `${doc} Below a folder that may be read.` });
}

/** What `tls` and `starttls` take beside TLS_OPTIONS. */
export const TLS_PATH_OPTIONS = {
  caBundle: path('The file of `caPem`.'),
  clientCert: path('The file of `clientCertPem`.'),
  clientKey: path('The file of `clientKeyPem`.'),
};

const SERVER_ONLY_PATHS = { cert: path('The file of `certPem`.'), key: path('The file of `keyPem`.') };

/** What the server of a handshake has and its client has not. */
export const SERVER_MARKS = { ...SERVER_ONLY_OPTIONS, ...SERVER_ONLY_PATHS };

/** The table of a listener's `tls`. */
export const LISTENER_TLS_OPTIONS = {
  ...SERVER_TLS_OPTIONS,
  ...SERVER_ONLY_PATHS,
  caBundle: TLS_PATH_OPTIONS.caBundle,
};

/** Which option the text of a file is for. */
const TEXT_OF: Readonly<Record<string, string>> = {
  caBundle: 'caPem',
  clientCert: 'clientCertPem',
  clientKey: 'clientKeyPem',
  cert: 'certPem',
  key: 'keyPem',
};

/**
 * The options of a table, read from options that may name files; what the table does not have is left out. Raises
 * FileNotAllowedError, and ArgumentError for what is no PEM text or is given twice.
 */
export async function settleTls<T extends typeof TLS_OPTIONS | typeof SERVER_TLS_OPTIONS>(
  table: T,
  given: Readonly<Record<string, unknown>>,
  files: Files,
): Promise<SettledOptions<T>> {
  const all: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined) continue;
    const option = TEXT_OF[name];
    if (option === undefined) all[name] ??= value;
    else if (given[option] === undefined || given[option] === null) all[option] = await readPem(name, value, files);
    else throw new ArgumentError(`tls: ${name} and ${option} say the same: give one of them`);
  }
  return settleOptions<T>(table, among(table, all), 'tls');
}

/** Those of the given options that a table has. */
function among(table: OptionTable, given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(given).filter(([key]) => Object.hasOwn(table, key)));
}

const PEM = pem({ default: null, doc: '' });

async function readPem(name: string, path: unknown, files: Files): Promise<string> {
  if (typeof path !== 'string') throw new ArgumentError(`tls: ${name} must be a path`);
  const { handle } = await files.openRead(path, name);
  try {
    // One more than may be: what is longer must not pass for what fits.
    const { buffer, bytesRead } = await readFull(handle, Buffer.alloc(MAX_PEM + 1));
    const read = PEM.read(buffer.toString('latin1', 0, bytesRead));
    if ('refused' in read) throw new ArgumentError(`tls: the file of ${name} ${read.refused}`);
    return read.value;
  } finally {
    await handle.close();
  }
}

interface Readable {
  read(buffer: Buffer, offset: number): Promise<{ readonly bytesRead: number }>;
}

/** Reads until the buffer is full or the file ends. */
async function readFull(
  handle: Readable,
  buffer: Buffer,
): Promise<{ readonly buffer: Buffer; readonly bytesRead: number }> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return { buffer, bytesRead: filled };
}
