/** FormData (XMLHttpRequest §4.5) and its way over the wire, multipart/form-data. Powerless. */

import { Blob, bytesOf, File } from './blob.ts';
import { TextDecoder, TextEncoder } from './encoding.ts';
import { domString, illegal, iterable } from './interface.ts';

type Entry = [name: string, value: string | File];

const entriesOf = new WeakMap<FormData, Entry[]>();

function listOf(form: FormData): Entry[] {
  const found = entriesOf.get(form);
  if (found === undefined) throw illegal();
  return found;
}

function entryValue(value: unknown, filename?: string): string | File {
  if (!(value instanceof Blob)) {
    if (filename !== undefined) throw new TypeError('only a Blob has the name of a file');
    return wellFormed(domString(value));
  }
  if (!(value instanceof File)) return new File([value], filename ?? 'blob', { type: value.type });
  if (filename === undefined) return value;
  return new File([value], filename, { type: value.type, lastModified: value.lastModified });
}

function wellFormed(text: string): string {
  return text.toWellFormed();
}

export class FormData {
  declare readonly [Symbol.iterator]: () => IterableIterator<Entry>;

  constructor(form: undefined = undefined) {
    if (form !== undefined) throw new TypeError('there are no forms here that a FormData could be made of');
    entriesOf.set(this, []);
  }

  append(name: string, value: unknown, filename: string | undefined = undefined): void {
    listOf(this).push([wellFormed(domString(name)), entryValue(value, filename)]);
  }

  delete(name: string): void {
    const list = listOf(this);
    list.splice(0, list.length, ...list.filter(([known]) => known !== domString(name)));
  }

  get(name: string): string | File | null {
    return listOf(this).find(([known]) => known === domString(name))?.[1] ?? null;
  }

  getAll(name: string): (string | File)[] {
    return listOf(this)
      .filter(([known]) => known === domString(name))
      .map(([, value]) => value);
  }

  has(name: string): boolean {
    return listOf(this).some(([known]) => known === domString(name));
  }

  set(name: string, value: unknown, filename: string | undefined = undefined): void {
    const list = listOf(this);
    const key = wellFormed(domString(name));
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

/** HTML §4.10.21.8, "escape". Line ends of a name, but not of a file's, have become CR LF before. */
const escaped = (text: string): string => text.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22');
const lines = (text: string): string => text.replaceAll(/\r\n?|\n/g, '\r\n');

/** The form as a blob whose type names the boundary. */
export function encodeMultipart(form: FormData): Blob {
  const boundary = `----caspian${Array.from({ length: 24 }, () => Math.floor(Math.random() * 36).toString(36)).join('')}`;
  const parts: (string | Uint8Array<ArrayBuffer>)[] = [];
  for (const [name, value] of form) {
    parts.push(`--${boundary}\r\nContent-Disposition: form-data; name="${escaped(lines(name))}"`);
    if (typeof value === 'string') parts.push(`\r\n\r\n${lines(value)}\r\n`);
    else {
      const type = value.type || 'application/octet-stream';
      parts.push(`; filename="${escaped(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`, bytesOf(value), '\r\n');
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
      .replaceAll('%0D', '\r')
      .replaceAll('%0A', '\n');
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
