/**
 * The shapes of what operations answer with. Crosses. The kernel makes them, the script's side reads them; who reads
 * trusts the kernel, and nothing in them is trusted by the kernel later.
 */
import type { WireValue } from './codec.ts';

/** Who asked for something: the role of the running code and where in the script. */
export interface By {
  /** `user`, or the role of a library; a claim of whoever calls. */
  readonly role: string;
  /** Where in the script, the line from 1; null where it is not known. */
  readonly file: string | null;
  readonly line: number | null;
}

/** An HTTP response as it crosses. The body is either here (`body`), or behind a handle (`bodyHandle`). */
export interface ResponseRecord {
  readonly status: number;
  readonly reason: string;
  /** Name in lower case, value; one pair for each header line, in the order received. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly url: string;
  readonly redirectChain: readonly string[];
  readonly httpVersion: string;
  /** Seconds from the call to the headers. */
  readonly elapsed: number;
  readonly fromCache: boolean;
  /** As headers: what came after the body, where the body is here; else `body.finish` gives it. */
  readonly trailers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array | null;
  readonly bodyHandle: number | null;
  /** The ring that the body is on its way into; null where none was free: `body.open` asks for one. */
  readonly bodyRing: number | null;
  /** Of a body behind a handle, as the server stated it; null if it did not. */
  readonly bodyLength: number | null;
}

/** A certificate as `.peer_cert` gives it. */
export type CertificateRecord = { readonly [key: string]: WireValue };

/** A socket as it crosses: its handle and the properties that do not change, or that `socket.state` reads anew. */
export interface SocketRecord {
  readonly handle: number;
  readonly host: string;
  readonly port: number;
  readonly localHost: string;
  readonly localPort: number;
  readonly connected: boolean;
  readonly timeout: number | null;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Where its data passes without a call; null where the script's memory for that is used up, or the socket is over. */
  readonly rings: SocketRings | null;
  /** Only for TLS. */
  readonly tls: TlsRecord | null;
}

export interface TlsRecord {
  readonly protocol: string;
  readonly cipher: string;
  readonly alpn: string | null;
  readonly sessionReused: boolean;
  readonly peerCert: CertificateRecord | null;
}

/** A listener as it crosses. */
export interface ListenerRecord {
  readonly handle: number;
  readonly localHost: string;
  readonly localPort: number;
  /** Whether its peers speak TLS. */
  readonly secure: boolean;
}

/** A datagram socket as it crosses. */
export interface UdpRecord {
  readonly handle: number;
  readonly localHost: string;
  readonly localPort: number;
}

/** One record of a name: an address, a name or a text, or the fields of a record that has several. */
export type DnsRecord = string | { readonly [field: string]: WireValue | undefined };

/** A WebSocket as it crosses: its handle, and how it stands. */
export interface WebSocketRecord {
  readonly handle: number;
  readonly url: string;
  /** The subprotocol that was agreed on. */
  readonly protocol: string | null;
  readonly closed: boolean;
  readonly closeCode: number | null;
  readonly closeReason: string | null;
}

/** An event stream as it crosses. */
export interface EventSourceRecord {
  readonly handle: number;
  readonly url: string;
  readonly closed: boolean;
  readonly lastEventId: string | null;
}

/** A ring's bytes: the number of the memory that they are in, where they begin, how many there are. */
export type RingPlace = readonly number[];

/** The rings of a socket: the memory of the slots, its slot there, and the two rings' bytes. */
export type SocketRings = {
  readonly slots: number;
  readonly slot: number;
  readonly incoming: RingPlace;
  readonly outgoing: RingPlace;
};

/** How the kernel hands over memory for rings, on the link's port, before it first names its number. */
export interface RingMessage {
  readonly ring: number;
  readonly memory: SharedArrayBuffer;
}
