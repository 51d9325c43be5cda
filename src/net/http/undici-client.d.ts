/**
 * The shape of undici's Client as http/undici.ts uses it: the package types its public door only, and that door loads
 * all of undici. Trusted side.
 */
declare module 'undici/lib/dispatcher/client.js' {
  import type { EventEmitter } from 'node:events';

  interface Options {
    readonly connect: (options: unknown, done: (error: Error | null, socket: EventEmitter | null) => void) => void;
    readonly pipelining: number;
    readonly headersTimeout: number;
    readonly bodyTimeout: number;
    readonly keepAliveTimeout: number;
    readonly keepAliveMaxTimeout: number;
    readonly keepAliveTimeoutThreshold: number;
    readonly maxHeaderSize: number;
    readonly strictContentLength: boolean;
    readonly allowH2: boolean;
    readonly useMilo: boolean;
    readonly h2Options?: { readonly maxConcurrentStreams: number; readonly pingInterval: number };
  }

  class Client {
    constructor(origin: string, options: Options);
    readonly stats: { readonly pending: number };
    dispatch(options: object, handler: object): boolean;
    on(event: 'disconnect', listener: () => void): this;
  }

  export = Client;
}
