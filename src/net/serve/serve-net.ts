/**
 * `serveNet`: gives a script's thread a link to a net. Trusted side. The guest's end is memory and a port, both without
 * power of their own: what goes over them is checked here, at the door, call by call.
 */
import { availableParallelism } from 'node:os';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { BELLS, createLinkBuffer, viewLink } from '../../wire/layout.ts';
import { company } from '../company.ts';
import type { Net } from '../net.ts';
import { Arena } from './arena.ts';
import { perform } from './dispatch.ts';
import { guard } from './guard.ts';
import type { HostServices } from './host-services.ts';
import { KernelLink } from './kernel-link.ts';
import { Poller } from './poller.ts';
import { Rings } from './rings.ts';
import { LinkSession } from './session.ts';
import { SocketStreams } from './socket-streams.ts';

/** What a script's thread needs to join: send it as `workerData` or in a message, with `transferList`. */
export interface LinkGuest {
  readonly memory: SharedArrayBuffer;
  readonly port: MessagePort;
}

/** A link to a net, of `serveNet`: the end of the host, and what the thread needs for its own. */
export interface Link {
  /** For `connectNet` in the script's thread. */
  readonly guest: LinkGuest;
  /** What has to be transferred with `guest`. */
  readonly transferList: MessagePort[];
  /** Resolves when the link is over: closed, or its script's thread has ended. Rejects never. */
  readonly closed: Promise<void>;
  /** Ends the link and closes what the script held. The net itself stays open. Idempotent. */
  close(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What `serveNet` takes. */
export interface ServeOptions {
  /** Bytes of the mailbox; default 64 KiB. Smaller ones are for tests. */
  readonly mailboxBytes?: number;
  /** Bytes of the largest ring of a body or a socket, a power of two; default 1 MiB. Smaller ones are for tests. */
  readonly ringBytes?: number;
  /** Most sockets, clients and bodies that the script may hold at once; default 1,024. */
  readonly maxHandles?: number;
  /** What an engine answers beside the net: libraries, output, input. */
  readonly host?: HostServices;
}

/** All links of a thread share one poller: it is what watches the shared memory of those that are active. */
const poller = new Poller();

/**
 * Serves a net to one script's thread. Null serves a link without a net: the engine's own operations alone.
 * The link ends with `close()`, or by itself when the other thread ends; then all that the script held is closed.
 */
export function serveNet(net: Net | null, options: ServeOptions = {}): Link {
  const memory = createLinkBuffer(options.mailboxBytes);
  const { port1, port2 } = new MessageChannel();
  const { promise, resolve } = Promise.withResolvers<void>();
  const arena = new Arena((message) => port1.postMessage(message), options.ringBytes);
  const bump = (): void => link.bump();
  const session = new LinkSession({
    net,
    rings: new Rings(arena),
    sockets: new SocketStreams({
      arena,
      bump,
      expect: () => link.expect(),
      words: viewLink(memory).words,
      bellsAt: BELLS,
    }),
    bump,
    maxHandles: options.maxHandles,
    host: options.host,
  });
  const link = new KernelLink(memory, port1, {
    poller,
    parallel: availableParallelism() > 1,
    answer: (operation, handle, bytes) => perform(session, guard(operation, bytes), handle),
    streams: () => session.rings.lent || session.sockets.any,
    answerBells: () => {
      company.note(session.owner);
      session.sockets.answerBells();
    },
    onClose: () => {
      session.close();
      resolve();
    },
  });
  return {
    guest: { memory, port: port2 },
    transferList: [port2],
    closed: promise,
    close: () => link.close(null),
    [Symbol.asyncDispose]: async () => link.close(null),
  };
}
