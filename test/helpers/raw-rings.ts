/**
 * A socket's rings as a hostile thread holds them: every word and byte of them can be written, none is checked. The
 * kernel is on the same thread, so what it makes of them is awaited by turning the event loop.
 */
import type { WireValue } from '../../src/wire/codec.ts';
import { BELLS } from '../../src/wire/layout.ts';
import type { RingMessage } from '../../src/wire/records.ts';
import { RING_HEADER_BYTES } from '../../src/wire/ring.ts';
import { Bells, viewIncoming, viewOutgoing } from '../../src/wire/slots.ts';
import { type ServedLink, USER } from './served-link.ts';
import { until } from './tcp-server.ts';

/** The words of a ring, by what they are. */
export const Word = Object.freeze({ HEAD: 0, TAIL: 16, STATE: 32, WAITS: 48, WANTED: 64 });

export interface RawRing {
  readonly words: Int32Array<SharedArrayBuffer>;
  readonly bytes: Uint8Array<SharedArrayBuffer>;
}

export interface RawSocket {
  readonly handle: number;
  readonly slot: number;
  readonly incoming: RawRing;
  readonly outgoing: RawRing;
  readonly bells: Bells;
  /** Rings the socket's bell, or that of another slot, and wakes the kernel. */
  ring(slot?: number): void;
}

/** The memory that a link has sent, by its number. */
export class RawBlocks {
  readonly #blocks = new Map<number, SharedArrayBuffer>();

  constructor(link: ServedLink) {
    link.port.on('message', ({ ring, memory }: RingMessage) => this.#blocks.set(ring, memory));
  }

  async get(number: number): Promise<SharedArrayBuffer> {
    await until(() => this.#blocks.has(number), `the memory ${number} has been sent`);
    const found = this.#blocks.get(number);
    if (found === undefined) throw new Error('it has gone again');
    return found;
  }
}

/** Connects to `api.test`; the link has a net of `testNet`. */
export async function rawSocket(link: ServedLink, blocks: RawBlocks, port: number): Promise<RawSocket> {
  const answer = await link.ask('net.tcp', 0, 'api.test', port, {}, USER);
  if (answer.kind !== 'value') throw new Error(`no socket: ${JSON.stringify(answer)}`);
  return await readSocket(link, blocks, answer.value);
}

/** The rings of a socket's record. */
export async function readSocket(link: ServedLink, blocks: RawBlocks, value: WireValue): Promise<RawSocket> {
  const record = entries(value);
  const rings = entries(record.get('rings') ?? null);
  const slots = await blocks.get(Number(rings.get('slots')));
  const slot = Number(rings.get('slot'));
  const bells = new Bells(slots, link.memory.words, BELLS);
  return {
    handle: Number(record.get('handle')),
    slot,
    incoming: { words: viewIncoming(slots, slot), bytes: await viewPlace(blocks, rings.get('incoming')) },
    outgoing: { words: viewOutgoing(slots, slot), bytes: await viewPlace(blocks, rings.get('outgoing')) },
    bells,
    ring: (other = slot) => {
      bells.ring(other);
      link.port.postMessage(0);
    },
  };
}

function entries(value: WireValue): Map<string, WireValue | undefined> {
  return new Map(Object.entries(value ?? {}));
}

async function viewPlace(blocks: RawBlocks, place: WireValue | undefined): Promise<Uint8Array<SharedArrayBuffer>> {
  const [block = 0, at = 0, size = 0] = Array.isArray(place) ? place.map(Number) : [];
  return new Uint8Array(await blocks.get(block), RING_HEADER_BYTES + at, size);
}
