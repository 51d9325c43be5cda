/**
 * The named sets of addresses that deny rules may use, made from the tables of ranges. Trusted side, pure.
 */

import { CidrTable, cidrContains, cidrOf } from './cidr.ts';
import type { IpAddress } from './ip.ts';
import {
  type AddressRange,
  LINK_LOCAL,
  LOOPBACK,
  METADATA,
  MULTICAST,
  OUTSIDE_GLOBAL_UNICAST,
  PRIVATE_USE,
  REGISTRY_V4,
  REGISTRY_V6,
  type RegistryRange,
} from './ranges.ts';

export const SET_NAMES = Object.freeze(['private', 'loopback', 'link-local', 'metadata', 'special'] as const);

export type SetName = (typeof SET_NAMES)[number];

export interface AddressSet {
  readonly name: SetName;
  /** One line for the reference page. */
  readonly doc: string;
  readonly ranges: readonly AddressRange[];
  /** What a longer prefix takes out again. */
  readonly except: readonly AddressRange[];
}

const GLOBAL_UNICAST = cidrOf('2000::/3');
const REGISTRY: readonly RegistryRange[] = [...REGISTRY_V4, ...REGISTRY_V6];

/** Reachable by the registry, unless outside 2000::/3: there, the whole of IPv6 is special (64:ff9b::/96 among it). */
function isGlobal(row: RegistryRange): boolean {
  return row.reachable === 'true' && (row.cidr.ip.family === 4 || cidrContains(GLOBAL_UNICAST, row.cidr.ip));
}

export const ADDRESS_SETS: readonly AddressSet[] = Object.freeze([
  {
    name: 'private',
    doc: 'RFC 1918, unique local, CGNAT, and all of loopback and link-local',
    ranges: [...PRIVATE_USE, ...LOOPBACK, ...LINK_LOCAL],
    except: [],
  },
  {
    name: 'loopback',
    doc: '127.0.0.0/8 and ::1, and 0.0.0.0/8 and ::, which reach it',
    ranges: LOOPBACK,
    except: [],
  },
  { name: 'link-local', doc: '169.254.0.0/16 and fe80::/10', ranges: LINK_LOCAL, except: [] },
  { name: 'metadata', doc: 'the addresses of cloud metadata services', ranges: METADATA, except: [] },
  {
    name: 'special',
    doc: 'all that the IANA special-purpose registries do not call globally reachable, multicast, and IPv6 outside 2000::/3',
    ranges: [...REGISTRY.filter((row) => !isGlobal(row)), ...MULTICAST, ...OUTSIDE_GLOBAL_UNICAST],
    except: REGISTRY.filter(isGlobal),
  },
]);

const tables = new Map(ADDRESS_SETS.map((set) => [set.name, tableOf(set)]));

function tableOf(set: AddressSet): CidrTable<boolean> {
  const table = new CidrTable<boolean>();
  for (const { cidr } of set.ranges) table.set(cidr, true);
  for (const { cidr } of set.except) table.set(cidr, false);
  return table;
}

/** True for the name of a set, in lower case. */
export function isSetName(text: string): text is SetName {
  return tables.has(text as SetName);
}

/** True if the set holds this very address; what it embeds is the caller's to ask for (`embeddedIps`). */
export function setHolds(name: SetName, ip: IpAddress): boolean {
  return tables.get(name)?.find(ip)[0] ?? false;
}
