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
    const rest = operands(keys, args);
    try {
      return await connection.command(['EVALSHA', this.#digest, ...rest]);
    } catch (error) {
      if (!(error instanceof Error && isUnknown(error))) throw error;
      return connection.command(['EVAL', this.#text, ...rest]);
    }
  }

  /** Asks once, so that it keeps its place among all that is asked on this connection. */
  runWhole(connection: Connection, keys: readonly string[], args: readonly ScriptArgument[]): Promise<unknown> {
    return connection.command(['EVAL', this.#text, ...operands(keys, args)]);
  }
}

function operands(keys: readonly string[], args: readonly ScriptArgument[]): readonly (string | Buffer)[] {
  return [String(keys.length), ...keys, ...args.map((arg) => (typeof arg === 'number' ? String(arg) : arg))];
}

/** The server does not know the script: it is new to it, or has lost it. */
function isUnknown({ cause }: { readonly cause?: unknown }): boolean {
  return cause instanceof Error && cause.message.startsWith('NOSCRIPT');
}
