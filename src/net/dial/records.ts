/**
 * Look-ups that a caller asks for by type: addresses the way that connecting finds them, records from name servers.
 * Trusted side. The host has been permitted by the capability before; what comes back is the servers' word.
 */
import type { promises as dns } from 'node:dns';
import { ArgumentError, type CaspianError, DnsFailureError } from '../../errors/classes.ts';
import { type IpAddress, ipBytes, parseIp } from '../address/ip.ts';
import type { Place } from '../address/target.ts';
import { type About, type Bounds, runStep } from './deadline.ts';
import { openResolver } from './powers.ts';
import { lookUpAddresses, type Resolve } from './resolve.ts';
import { codeOf, noAddress, translate } from './translate.ts';

/** A mail server of a name (RFC 5321 section 5): the lowest priority comes first. */
export interface MxRecord {
  readonly exchange: string;
  readonly priority: number;
}

/** A server of a service (RFC 2782). */
export interface SrvRecord {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

/** Who may issue certificates for a name (RFC 8659). */
export interface CaaRecord {
  /** The flags of the record: 0, or 128 for a property that must be understood (RFC 8659 section 4.1). */
  readonly critical: number;
  readonly tag: string;
  readonly value: string;
}

/** What one record of each type is given as. */
export interface RecordShapes {
  readonly a: string;
  readonly aaaa: string;
  readonly mx: MxRecord;
  readonly ns: string;
  /** Its parts put together. */
  readonly txt: string;
  readonly cname: string;
  readonly srv: SrvRecord;
  readonly ptr: string;
  readonly caa: CaaRecord;
}

/** What `resolve` can be asked for. */
export type RecordType = keyof RecordShapes;

/** The types that name servers are asked for. */
type QueryType = Exclude<RecordType, 'a' | 'aaaa'>;

type Query<T extends QueryType> = (resolver: dns.Resolver, name: string) => Promise<readonly RecordShapes[T][]>;

const byPriority = (one: { readonly priority: number }, other: { readonly priority: number }): number =>
  one.priority - other.priority;

const QUERIES: { readonly [T in QueryType]: Query<T> } = {
  mx: async (resolver, name) => (await resolver.resolveMx(name)).map(readMx).sort(byPriority),
  ns: (resolver, name) => resolver.resolveNs(name),
  txt: async (resolver, name) => (await resolver.resolveTxt(name)).map((parts) => parts.join('')),
  cname: (resolver, name) => resolver.resolveCname(name),
  srv: async (resolver, name) => (await resolver.resolveSrv(name)).map(readSrv).sort(byPriority),
  ptr: (resolver, name) => resolver.resolvePtr(name),
  caa: async (resolver, name) => (await resolver.resolveCaa(name)).map(readCaa),
};

export const RECORD_TYPES: readonly RecordType[] = Object.freeze([
  'a',
  'aaaa',
  'mx',
  'ns',
  'txt',
  'cname',
  'srv',
  'ptr',
  'caa',
]);

/** Who is asked. */
export interface Servers {
  /** The host program's resolver, for addresses; the system's without one. */
  readonly resolve: Resolve | undefined;
  /** Name servers for records; null for the system's. */
  readonly dnsServers: readonly string[] | null;
}

/** Raises ArgumentError for what is no type of record. */
export function checkRecordType(type: unknown): RecordType | null {
  if (type === undefined || type === null) return null;
  const found = RECORD_TYPES.find((known) => known === type);
  if (found === undefined) throw new ArgumentError(`resolve: the type must be one of: ${RECORD_TYPES.join(', ')}`);
  return found;
}

/**
 * The records of a permitted host, at least one; without a type its addresses of both families, in the order in which
 * they would be tried. An address is its own answer, and of type `ptr` the names that it has. Raises DnsFailureError,
 * TimeoutError, or ArgumentError for an address with any other type.
 */
export async function lookUp<T extends RecordType>(
  place: Place,
  type: T | null,
  servers: Servers,
  bounds: Bounds,
): Promise<readonly RecordShapes[T][]>;
export async function lookUp(
  { host }: Place,
  type: RecordType | null,
  servers: Servers,
  bounds: Bounds,
): Promise<readonly RecordShapes[RecordType][]> {
  if (type === null || type === 'a' || type === 'aaaa') {
    const found = host.kind === 'ip' ? [host.text] : await lookUpAddresses(host.text, servers.resolve, bounds);
    return ofFamily(found, type, bounds.about);
  }
  if (host.kind === 'name') return query(type, host.text, servers, bounds);
  if (type === 'ptr') return query(type, arpaName(host.ip), servers, bounds);
  throw new ArgumentError(`resolve: an address has no records of type ${type}`);
}

/** The name of an address; null if it has none. */
export async function lookUpName(ip: IpAddress, servers: Servers, bounds: Bounds): Promise<string | null> {
  try {
    const names = await query('ptr', arpaName(ip), servers, bounds);
    return names[0] ?? null;
  } catch (error) {
    if (error instanceof DnsFailureError && error.reason === 'not_found') return null;
    throw error;
  }
}

/** RFC 1035 section 3.5, RFC 3596 section 2.5. */
export function arpaName(ip: IpAddress): string {
  const bytes = ipBytes(ip).reverse();
  if (ip.family === 4) return `${bytes.join('.')}.in-addr.arpa`;
  return `${bytes.map((byte) => `${(byte & 15).toString(16)}.${(byte >>> 4).toString(16)}`).join('.')}.ip6.arpa`;
}

const LOOPBACK: readonly string[] = ['127.0.0.1', '::1'];

/** A resolver of addresses that asks these name servers, for both families at once. */
export function resolveBy(dnsServers: readonly string[]): Resolve {
  return async (name, signal) => {
    // RFC 6761 section 6.3: nobody is asked for this machine, and nobody can say that it is elsewhere.
    if (name === 'localhost' || name.endsWith('.localhost')) return LOOPBACK;
    const resolver = openResolver(dnsServers);
    signal.addEventListener('abort', () => resolver.cancel(), { once: true });
    const [six, four] = await Promise.allSettled([resolver.resolve6(name), resolver.resolve4(name)]);
    const found = [six, four].flatMap((family) => (family.status === 'fulfilled' ? family.value : []));
    const failures: unknown[] = [six, four].flatMap((family) => (family.status === 'rejected' ? [family.reason] : []));
    // Neither family need have failed: an alias that leads to no address is an answer.
    if (found.length > 0 || failures.length === 0) return found;
    // That a family has no record says less than that a server failed.
    throw failures.find((failure) => codeOf(failure) !== 'ENODATA') ?? failures[0];
  };
}

function ofFamily(found: readonly string[], type: 'a' | 'aaaa' | null, about: About): readonly string[] {
  const family = type === 'a' ? 4 : 6;
  const addresses = found
    .map((text) => parseIp(text))
    .filter((ip) => ip !== null && (type === null || ip.family === family))
    .map((ip) => ip?.text ?? '');
  if (addresses.length === 0) throw noAddress({ ...about, phase: 'dns' });
  return [...new Set(addresses)];
}

function query<T extends QueryType>(
  type: T,
  name: string,
  { dnsServers }: Servers,
  bounds: Bounds,
): Promise<readonly RecordShapes[T][]> {
  bounds.deadline.phase = 'dns';
  const failure = (error: unknown): CaspianError => translate(error, { ...bounds.about, phase: 'dns' });
  return runStep(bounds, ({ done, failed }) => {
    const resolver = openResolver(dnsServers);
    QUERIES[type](resolver, name).then(
      (records) => (records.length === 0 ? failed(failure({ code: 'ENODATA' })) : done(records)),
      (error: unknown) => failed(failure(error)),
    );
    return () => resolver.cancel();
  });
}

function readMx({ exchange, priority }: MxRecord): MxRecord {
  return { exchange, priority };
}

function readSrv({ name, port, priority, weight }: SrvRecord): SrvRecord {
  return { name, port, priority, weight };
}

/** Node gives the property as a key of its own name. */
function readCaa(record: object): CaaRecord {
  const fields = Object.entries(record);
  const critical: unknown = fields.find(([key]) => key === 'critical')?.[1];
  const [tag, value] = fields.find(([key, text]) => key !== 'type' && typeof text === 'string') ?? ['', ''];
  return { critical: typeof critical === 'number' ? critical : 0, tag, value: String(value) };
}
