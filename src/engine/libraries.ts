/**
 * Where libraries come from: folders, or a function of the host's. Trusted side. The URL is the script's and hostile:
 * what is read is a regular file below the folder, whatever the URL spells and wherever links point.
 */
import { isAbsolute, join, relative, resolve } from 'node:path';
import { ArgumentError } from '../errors/classes.ts';

/** A folder, several folders (the first that has the library wins), or a function: a URL → its source, or null. */
export type LibrarySource = string | readonly string[] | ((url: string) => string | null | Promise<string | null>);

/** Largest library that is read, in bytes. */
const MAX_LIBRARY_BYTES = 16 * 1024 * 1024;

/** Each segment of `host/path`: letters, digits, `.`, `_`, `-`, and not `.` or `..`. */
const SEGMENT = /^(?!\.{1,2}$)[A-Za-z0-9._-]+$/;

/** The reader for a source. A library that is not there is null. */
export function libraryReader(source: LibrarySource | undefined): (url: string) => Promise<string | null> {
  if (source === undefined) return async () => null;
  if (typeof source === 'function') return (url) => readOwn(source, url);
  const folders = typeof source === 'string' ? [source] : source;
  return async (url) => {
    for (const folder of folders) {
      const text = await readBelow(folder, url);
      if (text !== null) return text;
    }
    return null;
  };
}

async function readOwn(
  resolver: (url: string) => string | null | Promise<string | null>,
  url: string,
): Promise<string | null> {
  let answer: unknown;
  try {
    answer = await resolver(url);
  } catch (thrown) {
    throw new ArgumentError('the library resolver failed', { cause: thrown });
  }
  if (answer === null || answer === undefined) return null;
  if (typeof answer === 'string') return answer;
  throw new ArgumentError('the library resolver must return text or null');
}

async function readBelow(folder: string, url: string): Promise<string | null> {
  const segments = url.split('/');
  if (segments.length < 2 || !segments.every((segment) => SEGMENT.test(segment))) return null;
  try {
    const { realpath } = await import('node:fs/promises');
    const root = await realpath(resolve(folder));
    const file = await realpath(`${join(root, ...segments)}.casp`);
    // SECURITY: a link must not lead out of the folder (test/attacks/engine-library-escape.test.ts).
    const inside = relative(root, file);
    if (inside.startsWith('..') || isAbsolute(inside)) return null;
    return await readRegular(file);
  } catch (thrown) {
    if (thrown instanceof ArgumentError) throw thrown;
    return null;
  }
}

async function readRegular(file: string): Promise<string | null> {
  const { constants, open } = await import('node:fs/promises');
  // SECURITY: without O_NONBLOCK a named pipe would hold one of the process's few file threads for good
  // (test/attacks/engine-library-pipe.test.ts). Windows has neither.
  await using handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  const stat = await handle.stat();
  if (!stat.isFile()) return null;
  if (stat.size > MAX_LIBRARY_BYTES) throw new ArgumentError('the library is larger than 16 MiB');
  return await handle.readFile('utf8');
}
