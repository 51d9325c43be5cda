/**
 * A script that the server runs as one step: sent whole the first time, by its digest afterwards. Trusted side.
 */
import { createHash } from 'node:crypto';
import type { Connection } from './connection.ts';

export type ScriptArgument = string | number | Buffer;

export class Script {
  readonly #text: string;
  readonly #digest: string;

  constructor(text: string) {
    this.#text = text;
    this.#digest = createHash('sha1').update(text).digest('hex');
  }

  /** Raises SocketError where the server can't be reached or does not answer in time. */
  async run(connection: Connection, keys: readonly string[], args: readonly ScriptArgument[]): Promise<unknown> {
    const rest = [String(keys.length), ...keys, ...args.map((arg) => (typeof arg === 'number' ? String(arg) : arg))];
    try {
      return await connection.command(['EVALSHA', this.#digest, ...rest]);
    } catch (error) {
      if (!(error instanceof Error && isUnknown(error))) throw error;
      return connection.command(['EVAL', this.#text, ...rest]);
    }
  }
}

/** The server does not know the script: it is new to it, or has lost it. */
function isUnknown({ cause }: { readonly cause?: unknown }): boolean {
  return cause instanceof Error && cause.message.startsWith('NOSCRIPT');
}
