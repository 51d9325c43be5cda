/**
 * The options that carry a body, read row by row: copies are made here, of what the caller could change afterwards.
 * Trusted side, pure.
 */
import type { FileHandle } from 'node:fs/promises';
import { escapeText } from '../address/escape.ts';
import type { Read } from '../options.ts';
import type { FileOption } from './request-body.ts';

/** A part with what goes with it. */
export interface PartObject {
  readonly data?: string | Uint8Array;
  readonly file?: FileOption;
  readonly filename?: string;
  readonly type?: string;
}

export type PartValue = string | Uint8Array | PartObject;
/** A list repeats the name; null leaves it out. */
export type MultipartOption = Readonly<
  Record<string, PartValue | number | boolean | null | readonly (PartValue | number | boolean)[]>
>;

/** Text or bytes. */
export function readBytes(raw: unknown): Read<string | Uint8Array> {
  if (typeof raw === 'string') return { value: raw };
  if (!(raw instanceof Uint8Array)) return { refused: 'must be a text or bytes' };
  // Memory that is shared can change under the one who sends it.
  return { value: raw.buffer instanceof ArrayBuffer ? raw : new Uint8Array(raw) };
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

export function readFile(raw: unknown): Read<FileOption> {
  if (typeof raw === 'string') return { value: raw };
  if (isHandle(raw)) return { value: raw };
  return isIterable(raw) ? { value: raw } : { refused: 'must be a path or an open file' };
}

function isIterable(raw: unknown): raw is AsyncIterable<unknown> {
  return typeof raw === 'object' && raw !== null && Symbol.asyncIterator in raw;
}

/** A FileHandle of node:fs/promises. */
export function isHandle(raw: unknown): raw is FileHandle {
  return (
    typeof raw === 'object' &&
    raw !== null &&
    'fd' in raw &&
    'stat' in raw &&
    'createReadStream' in raw &&
    'read' in raw
  );
}

const VALUES = 'must have texts, numbers, booleans, bytes, {data:, filename:, type:}, lists of them or null as values';

export function readMultipart(raw: unknown): Read<MultipartOption> {
  if (raw === null || typeof raw !== 'object' || Array.isArray(raw)) return { refused: 'must be an object' };
  const fields: Record<string, readonly PartValue[]> = Object.create(null);
  for (const [name, value] of Object.entries(raw)) {
    if (value === null) continue;
    const list: unknown[] = Array.isArray(value) ? value : [value];
    const parts: PartValue[] = [];
    for (const item of list) {
      const read = readPart(item);
      if ('refused' in read) return { refused: `${read.refused} (${escapeText(name)})` };
      parts.push(read.value);
    }
    fields[name] = parts;
  }
  return { value: Object.freeze(fields) };
}

function readPart(raw: unknown): Read<PartValue> {
  if (isScalar(raw)) return { value: String(raw) };
  const bytes = readBytes(raw);
  if ('value' in bytes) return bytes;
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? readPartObject(raw) : { refused: VALUES };
}

/** RFC 9110 section 8.3.1; parameters as anything visible. */
const TYPE = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+\/[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:\s*;[\t\x20-\x7e]*)?$/;
const PART_KEYS: ReadonlySet<string> = new Set(['data', 'file', 'filename', 'type']);

function readPartObject(raw: object): Read<PartObject> {
  const given: Record<string, unknown> = Object.fromEntries(Object.entries(raw));
  const unknown = Object.keys(given).find((key) => !PART_KEYS.has(key));
  if (unknown !== undefined) return { refused: `has a part with an unknown key, ${escapeText(unknown)}` };
  const { data, file, filename, type } = given;
  if ((data === undefined) === (file === undefined)) return { refused: 'has a part without data, or with a file too' };
  if (filename !== undefined && typeof filename !== 'string') return { refused: 'has a filename that is no text' };
  if (type !== undefined && (typeof type !== 'string' || !TYPE.test(type))) {
    return { refused: 'has a type that is no content type' };
  }
  const about = { ...(filename === undefined ? {} : { filename }), ...(type === undefined ? {} : { type }) };
  if (file === undefined) {
    const read = readBytes(data);
    return 'refused' in read
      ? { refused: `has a part whose data ${read.refused}` }
      : { value: { ...about, data: read.value } };
  }
  const read = readFile(file);
  return 'refused' in read
    ? { refused: `has a part whose file ${read.refused}` }
    : { value: { ...about, file: read.value } };
}
