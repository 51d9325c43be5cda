/** FormData (XMLHttpRequest §4.5) and its way over the wire, multipart/form-data. Powerless. */

import { Blob, bytesOf, File } from './blob.ts';
import { TextDecoder, TextEncoder } from './encoding.ts';
import { illegal, iterable } from './interface.ts';

type Entry = [name: string, value: string | File];

const entriesOf = new WeakMap<FormData, Entry[]>();

function listOf(form: FormData): Entry[] {
  const found = entriesOf.get(form);
  if (found === undefined) throw illegal();
  return found;
}

function entryValue(value: unknown, filename?: string): string | File {
  if (!(value instanceof Blob)) return wellFormed(String(value));
  if (value instanceof File && filename === undefined) return value;
  return new File([value], filename ?? 'blob', { type: value.type });
}

function wellFormed(text: string): string {
  return text.toWellFormed();
}

export class FormData {
  declare readonly [Symbol.iterator]: () => IterableIterator<Entry>;

  constructor() {
    entriesOf.set(this, []);
  }

  append(name: string, value: unknown, filename: string | undefined = undefined): void {
    listOf(this).push([wellFormed(String(name)), entryValue(value, filename)]);
  }

  delete(name: string): void {
    const list = listOf(this);
    list.splice(0, list.length, ...list.filter(([known]) => known !== String(name)));
  }

  get(name: string): string | File | null {
    return listOf(this).find(([known]) => known === String(name))?.[1] ?? null;
  }

  getAll(name: string): (string | File)[] {
    return listOf(this)
      .filter(([known]) => known === String(name))
      .map(([, value]) => value);
  }

  has(name: string): boolean {
    return listOf(this).some(([known]) => known === String(name));
  }

  set(name: string, value: unknown, filename: string | undefined = undefined): void {
    const list = listOf(this);
    const key = wellFormed(String(name));
    const made = entryValue(value, filename);
    const first = list.find(([known]) => known === key);
    if (first === undefined) list.push([key, made]);
    else {
      first[1] = made;
      list.splice(0, list.length, ...list.filter((entry) => entry === first || entry[0] !== key));
    }
  }
}
iterable(FormData, 'FormData', listOf);

const quote = (text: string): string => text.replaceAll(/\r\n?|\n/g, '%0D%0A').replaceAll('"', '%22');

/** The form as a blob whose type names the boundary. */
export function encodeMultipart(form: FormData): Blob {
  const boundary = `----caspian${Array.from({ length: 24 }, () => Math.floor(Math.random() * 36).toString(36)).join('')}`;
  const parts: (string | Uint8Array<ArrayBuffer>)[] = [];
  for (const [name, value] of form) {
    parts.push(`--${boundary}\r\nContent-Disposition: form-data; name="${quote(name)}"`);
    if (typeof value === 'string') parts.push(`\r\n\r\n${value.replaceAll(/\r\n?|\n/g, '\r\n')}\r\n`);
    else {
      const type = value.type || 'application/octet-stream';
      parts.push(`; filename="${quote(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`, bytesOf(value), '\r\n');
    }
  }
  parts.push(`--${boundary}--\r\n`);
  return new Blob(parts, { type: `multipart/form-data; boundary=${boundary}` });
}

/** Reads multipart/form-data (RFC 7578). Throws TypeError for what is none. */
export function decodeMultipart(body: Uint8Array, contentType: string): FormData {
  const boundary = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  const mark = boundary?.[1] ?? boundary?.[2];
  if (mark === undefined) throw new TypeError('the Content-Type names no boundary');
  const form = new FormData();
  const delimiter = new TextEncoder().encode(`--${mark}`);
  let at = find(body, delimiter, 0);
  if (at < 0) throw new TypeError('the body has no parts');
  for (;;) {
    at += delimiter.length;
    if (body[at] === 45 && body[at + 1] === 45) return form;
    const headEnd = find(body, BLANK, at);
    const next = headEnd < 0 ? -1 : find(body, delimiter, headEnd + 4);
    if (next < 0) throw new TypeError('a part of the body ends too early');
    addPart(form, new TextDecoder().decode(body.subarray(at, headEnd)), body.slice(headEnd + 4, next - 2));
    at = next;
  }
}

const BLANK = new Uint8Array([13, 10, 13, 10]);

function addPart(form: FormData, head: string, content: Uint8Array<ArrayBuffer>): void {
  const parameter = (name: string): string | undefined =>
    new RegExp(`content-disposition:[^\\r\\n]*;\\s*${name}="([^"]*)"`, 'i')
      .exec(head)?.[1]
      ?.replaceAll('%22', '"')
      .replaceAll('%0D%0A', '\r\n');
  const name = parameter('name');
  if (name === undefined) throw new TypeError('a part of the body has no name');
  const filename = parameter('filename');
  if (filename === undefined) form.append(name, new TextDecoder().decode(content));
  else {
    const type = /content-type:\s*([^\r\n]+)/i.exec(head)?.[1] ?? 'text/plain';
    form.append(name, new File([content], filename, { type }));
  }
}

function find(bytes: Uint8Array, mark: Uint8Array, from: number): number {
  const [first = 0] = mark;
  for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (mark.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}
