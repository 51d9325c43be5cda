/**
 * The globals beside ECMAScript's own that the powerless folders (errors, wire, stdlib, caspian) may use.
 * Everything here only computes. A power is never declared here: it is handed in by the engine.
 */
declare class TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>;
  encodeInto(source: string, destination: Uint8Array): { read: number; written: number };
}

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  readonly encoding: string;
  decode(bytes?: Uint8Array, options?: { stream?: boolean }): string;
}
