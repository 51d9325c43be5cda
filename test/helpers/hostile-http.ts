/** A server that answers `/` as a test tells it to and `/sentinel` as it should be, and what a client makes of that. */
import type { Socket } from 'node:net';
import { CaspianError } from '../../src/errors/classes.ts';
import type { RequestOptions } from '../../src/net/http/options.ts';
import type { Net } from '../../src/net/net.ts';
import { type RawServer, startRaw } from './http-server.ts';

/** What a server does after its bytes: nothing, a clean end, a reset. */
export type Ending = 'stay' | 'end' | 'reset';

export interface HostileServer extends RawServer {
  /** What the next request to `/` is answered with. */
  say(bytes: Buffer | string, ending: Ending, pieces?: readonly Buffer[]): void;
}

const SENTINEL = 'the answer to the next request';

export async function startHostile(): Promise<HostileServer> {
  let next: { readonly pieces: readonly Buffer[]; readonly ending: Ending } = { pieces: [], ending: 'end' };
  const server = await startRaw((socket, _turn, head) => {
    if (head.includes(' /sentinel ')) {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${SENTINEL.length}\r\n\r\n${SENTINEL}`);
    } else writeAll(socket, next.pieces, next.ending);
  });
  return {
    port: server.port,
    origin: server.origin,
    heard: server.heard,
    get connections() {
      return server.connections;
    },
    say: (bytes, ending, pieces) => {
      next = { pieces: pieces ?? [typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes], ending };
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function writeAll(socket: Socket, pieces: readonly Buffer[], ending: Ending): void {
  const [first, ...rest] = pieces;
  if (first !== undefined && !socket.destroyed) {
    socket.write(first, () => writeAll(socket, rest, ending));
  } else if (ending === 'end') socket.end();
  else if (ending === 'reset') socket.resetAndDestroy();
}

/** `200 hello`, or the name of the error of ours. Anything else that is raised is raised here. */
export async function outcomeOf(net: Net, url: string, options?: RequestOptions): Promise<string> {
  try {
    const response = await net.fetch(url, options);
    const body = Buffer.from(await response.bytes()).toString('latin1');
    return `${response.status} ${body}`;
  } catch (error) {
    if (error instanceof CaspianError) return error.name;
    throw error;
  }
}

/** Whether the next request is answered with its own answer, over whatever connection it goes. */
export async function isUnpoisoned(net: Net, server: HostileServer): Promise<boolean> {
  return (await outcomeOf(net, `${server.origin()}/sentinel`)) === `200 ${SENTINEL}`;
}
