/**
 * The packages of the prelude, as far as it uses them. scripts/prelude.js gives these modules their contents; the
 * packages' own types would bring Node's with them.
 */
declare module 'caspian:encoding' {
  import type { ReadableStream } from 'caspian:packages';

  export const TextDecoder: typeof globalThis.TextDecoder;
  export const TextEncoder: typeof globalThis.TextEncoder;
  export class TextDecoderStream {
    constructor(label: string, options: object);
    readonly encoding: string;
    readonly fatal: boolean;
    readonly ignoreBOM: boolean;
    readonly readable: ReadableStream<string>;
    readonly writable: object;
  }
  export class TextEncoderStream {
    readonly encoding: string;
    readonly readable: object;
    readonly writable: object;
  }
  export function setMultibyte(decoder: unknown, encoder: unknown): void;
  export function toBase64(bytes: Uint8Array): string;
}

declare module 'caspian:packages' {
  type Make = new (...args: never[]) => object;

  export class URL {
    constructor(url: string, base?: string);
    readonly href: string;
    readonly origin: string;
    readonly hash: string;
    readonly username: string;
    readonly password: string;
    protocol: string;
  }
  export class URLSearchParams implements Iterable<[string, string]> {
    constructor(init?: string);
    [Symbol.iterator](): Iterator<[string, string]>;
  }

  interface StreamController<T> {
    enqueue(chunk: T): void;
    close(): void;
    error(reason: unknown): void;
  }
  interface StreamSource<T> {
    readonly type?: 'bytes';
    start?(controller: StreamController<T>): unknown;
    pull?(controller: StreamController<T>): unknown;
    cancel?(reason: unknown): unknown;
  }
  interface StreamReader<T> {
    read(): Promise<{ readonly done: boolean; readonly value?: T }>;
    cancel(reason?: unknown): Promise<void>;
    releaseLock(): void;
  }
  export class ReadableStream<T = unknown> {
    constructor(source?: StreamSource<T>, strategy?: { readonly highWaterMark?: number });
    readonly locked: boolean;
    /** The package's own [[disturbed]]; the build shortens the name here as it does there. */
    readonly _disturbed: boolean;
    getReader(): StreamReader<T>;
    tee(): [ReadableStream<T>, ReadableStream<T>];
    cancel(reason?: unknown): Promise<void>;
    pipeThrough<O>(through: { readonly readable: ReadableStream<O>; readonly writable: object }): ReadableStream<O>;
  }
  export class TransformStream<I = unknown, O = unknown> {
    constructor(transformer?: {
      transform?(chunk: I, controller: { enqueue(chunk: O): void }): unknown;
      flush?(controller: { enqueue(chunk: O): void }): unknown;
    });
    readonly readable: object;
    readonly writable: object;
  }
  export const ByteLengthQueuingStrategy: Make;
  export const CountQueuingStrategy: Make;
  export const ReadableByteStreamController: Make;
  export const ReadableStreamBYOBReader: Make;
  export const ReadableStreamBYOBRequest: Make;
  export const ReadableStreamDefaultController: Make;
  export const ReadableStreamDefaultReader: Make;
  export const TransformStreamDefaultController: Make;
  export const WritableStream: Make;
  export const WritableStreamDefaultController: Make;
  export const WritableStreamDefaultWriter: Make;
}
