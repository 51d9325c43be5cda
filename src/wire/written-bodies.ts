/**
 * Bodies that are values: the script's side writes them, as long as that may take, and bytes cross. Crosses. SECURITY: the
 * kernel writes none for a script, which would hold everybody's loop (test/attacks/http-large-json.test.ts).
 */
import { ArgumentError } from '../errors/classes.ts';
import type { WireValue } from './codec.ts';
import { formText, readForm } from './form.ts';
import { WireViolation } from './violation.ts';

/** The ways to give a body; one of them, or none. */
export const BODIES = ['body', 'bodyJson', 'bodyForm', 'bodyFile', 'bodyMultipart'] as const;

type Options = { readonly [key: string]: WireValue | undefined };

/** A request's options as they cross. Raises ArgumentError for more than one body, and for what can't be written. */
export function writeBody(options: Options): Options {
  if (!('bodyJson' in options || 'bodyForm' in options)) return options;
  const { bodyJson, bodyForm, ...others } = options;
  // Undefined would cross as null, which is JSON too.
  if (bodyJson === undefined && bodyForm === undefined) return others;
  checkOneBody(options);
  const [type, text] =
    bodyJson === undefined
      ? ['application/x-www-form-urlencoded', writeForm(bodyForm)]
      : ['application/json', writeJson(bodyJson)];
  const body = new TextEncoder().encode(text);
  const { headers = {} } = others;
  // What is no object of headers is for the kernel to refuse.
  const says = !isRecord(headers) || Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  return { ...others, body, headers: says ? headers : { 'Content-Type': type, ...headers } };
}

/** Raises ArgumentError. */
export function checkOneBody(options: { readonly [key: string]: unknown }): void {
  const [first, second] = BODIES.filter((name) => options[name] !== undefined);
  if (second !== undefined) throw new ArgumentError(`fetch: give either ${first} or ${second}`);
}

/** Throws WireViolation for options whose body no honest script's side would have left to be written. */
export function checkWritten(options: object): void {
  if ('bodyJson' in options || 'bodyForm' in options) throw new WireViolation('a body that is not written');
}

/** Raises ArgumentError. */
export function writeJson(value: unknown): string {
  try {
    const text: unknown = JSON.stringify(value);
    if (typeof text === 'string') return text;
  } catch {
    // A cycle, a BigInt, or a toJSON that throws.
  }
  throw new ArgumentError('fetch: bodyJson can not be written as JSON');
}

function writeForm(raw: unknown): string {
  const read = readForm(raw);
  if ('refused' in read) throw new ArgumentError(`fetch: bodyForm ${read.refused}`);
  return formText(read.value);
}

function isRecord(value: WireValue): value is { readonly [key: string]: WireValue | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
