/**
 * The five ways to give a request's body, read into one plan. Trusted side; what is passed is hostile. Files are named
 * here and opened when the request is made, in folders that were granted.
 */
import type { FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { formText } from '../../wire/form.ts';
import { checkOneBody, writeJson } from '../../wire/written-bodies.ts';
import type { Files } from '../files.ts';
import type { GivenOptions } from '../options.ts';
import { isHandle, type MultipartOption, type PartObject, type PartValue } from './body-options.ts';
import { closing, newBoundary, partHead } from './multipart.ts';
import type { REQUEST_OPTIONS } from './options.ts';
import { FileUpload, JoinedUpload, StreamUpload, type Upload } from './upload.ts';

/** A path, an open file of the host program's, or anything that it can be read from piece by piece. */
export type FileOption = string | FileHandle | AsyncIterable<unknown>;

type Part = Uint8Array | { readonly file: FileOption; readonly what: string };

/** What is sent: bytes, or parts some of which have to be opened. */
export type BodyPlan = Uint8Array | readonly Part[];

/** Whether it can be sent once more from its beginning. What is no path may be of a pipe. */
export function repeats(plan: BodyPlan | null): boolean {
  if (plan === null || plan instanceof Uint8Array) return true;
  return plan.every((part) => part instanceof Uint8Array || typeof part.file === 'string');
}

export interface ReadBody {
  readonly body: BodyPlan | null;
  /** The Content-Type that comes with it. */
  readonly type: string | null;
}

type Given = GivenOptions<typeof REQUEST_OPTIONS>;

/** Raises ArgumentError for more than one body, and for what can't be written as JSON. */
export function readBody(given: Given): ReadBody {
  checkOneBody(given);
  if (given.bodyForm !== undefined) {
    return { body: Buffer.from(formText(given.bodyForm)), type: 'application/x-www-form-urlencoded' };
  }
  if (given.bodyFile !== undefined) return { body: [{ file: given.bodyFile, what: 'bodyFile' }], type: null };
  if (given.bodyMultipart !== undefined) return readMultipart(given.bodyMultipart);
  if (given.body !== undefined) {
    return { body: typeof given.body === 'string' ? Buffer.from(given.body) : given.body, type: null };
  }
  if (given.bodyJson === undefined) return { body: null, type: null };
  return { body: Buffer.from(writeJson(given.bodyJson)), type: 'application/json' };
}

const LINE_BREAK = Buffer.from('\r\n');

function readMultipart(fields: MultipartOption): ReadBody {
  const boundary = newBoundary();
  const parts: Part[] = [];
  for (const [name, given] of Object.entries(fields)) {
    const values = Array.isArray(given) ? given : [given];
    for (const value of values) if (value !== null) parts.push(...readPart(boundary, name, value), LINE_BREAK);
  }
  parts.push(closing(boundary));
  return { body: parts, type: `multipart/form-data; boundary=${boundary}` };
}

function readPart(boundary: string, name: string, value: PartValue | number | boolean): Part[] {
  if (!isPartObject(value)) return [partHead(boundary, { name }), bytesOf(value)];
  const { data, file, type, filename = typeof file === 'string' ? basename(file) : undefined } = value;
  const head = partHead(boundary, { name, filename, type });
  return [head, file === undefined ? bytesOf(data ?? '') : { file, what: 'bodyMultipart' }];
}

function isPartObject(value: PartValue | number | boolean): value is PartObject {
  return typeof value === 'object' && !(value instanceof Uint8Array);
}

function bytesOf(value: string | number | boolean | Uint8Array): Uint8Array {
  return value instanceof Uint8Array ? value : Buffer.from(String(value));
}

/** Opens what has to be. Raises FileNotAllowedError and ArgumentError; nothing is left open then. */
export async function openBody(plan: readonly Part[], files: Files): Promise<Upload> {
  const opened: (Uint8Array | Upload)[] = [];
  try {
    for (const part of plan) {
      opened.push(part instanceof Uint8Array ? part : await openFile(part.file, files, part.what));
    }
  } catch (error) {
    new JoinedUpload(opened).close();
    throw error;
  }
  const [only, ...others] = opened;
  return only !== undefined && others.length === 0 && !(only instanceof Uint8Array) ? only : new JoinedUpload(opened);
}

async function openFile(file: FileOption, files: Files, what: string): Promise<Upload> {
  if (typeof file === 'string') return new FileUpload(await files.openRead(file, what), { owned: true });
  if (!isHandle(file)) return new StreamUpload(file);
  const stat = await file.stat();
  if (stat.isFile()) return new FileUpload({ handle: file, size: stat.size }, { owned: false });
  return new StreamUpload(file.createReadStream({ autoClose: false }));
}
