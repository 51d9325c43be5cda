/**
 * Address ranges as data, each with where it stands written. Trusted side. The two IANA registries are copied row by
 * row (https://www.iana.org/assignments/iana-ipv4-special-registry and …/iana-ipv6-special-registry); when they
 * change, this table does.
 */
import { type Cidr, cidrOf } from './cidr.ts';

export interface AddressRange {
  readonly cidr: Cidr;
  readonly name: string;
  /** The RFC, or the vendor's documentation. */
  readonly source: string;
}

/** A row of a special-purpose registry. */
export interface RegistryRange extends AddressRange {
  /** The column "Globally Reachable"; `n/a` is what the registry says of tunnels and of what has ended. */
  readonly reachable: 'true' | 'false' | 'n/a';
}

function range(cidr: string, name: string, source: string): AddressRange {
  return Object.freeze({ cidr: cidrOf(cidr), name, source });
}

function listed(cidr: string, name: string, source: string, reachable: RegistryRange['reachable']): RegistryRange {
  return Object.freeze({ ...range(cidr, name, source), reachable });
}

export const REGISTRY_V4: readonly RegistryRange[] = Object.freeze([
  listed('0.0.0.0/8', '"this network"', 'RFC 791 section 3.2', 'false'),
  listed('0.0.0.0/32', '"this host on this network"', 'RFC 1122 section 3.2.1.3', 'false'),
  listed('10.0.0.0/8', 'private use', 'RFC 1918', 'false'),
  listed('100.64.0.0/10', 'shared address space (CGNAT)', 'RFC 6598', 'false'),
  listed('127.0.0.0/8', 'loopback', 'RFC 1122 section 3.2.1.3', 'false'),
  listed('169.254.0.0/16', 'link-local', 'RFC 3927', 'false'),
  listed('172.16.0.0/12', 'private use', 'RFC 1918', 'false'),
  listed('192.0.0.0/24', 'IETF protocol assignments', 'RFC 6890 section 2.1', 'false'),
  listed('192.0.0.0/29', 'IPv4 service continuity prefix', 'RFC 7335', 'false'),
  listed('192.0.0.8/32', 'IPv4 dummy address', 'RFC 7600', 'false'),
  listed('192.0.0.9/32', 'Port Control Protocol anycast', 'RFC 7723', 'true'),
  listed('192.0.0.10/32', 'TURN anycast', 'RFC 8155', 'true'),
  listed('192.0.0.170/32', 'NAT64/DNS64 discovery', 'RFC 7050 section 2.2', 'false'),
  listed('192.0.0.171/32', 'NAT64/DNS64 discovery', 'RFC 7050 section 2.2', 'false'),
  listed('192.0.2.0/24', 'documentation (TEST-NET-1)', 'RFC 5737', 'false'),
  listed('192.31.196.0/24', 'AS112-v4', 'RFC 7535', 'true'),
  listed('192.52.193.0/24', 'AMT', 'RFC 7450', 'true'),
  listed('192.88.99.0/24', '6to4 relay anycast, ended', 'RFC 7526', 'n/a'),
  listed('192.88.99.2/32', '6a44 relay anycast', 'RFC 6751', 'false'),
  listed('192.168.0.0/16', 'private use', 'RFC 1918', 'false'),
  listed('192.175.48.0/24', 'direct delegation AS112 service', 'RFC 7534', 'true'),
  listed('198.18.0.0/15', 'benchmarking', 'RFC 2544', 'false'),
  listed('198.51.100.0/24', 'documentation (TEST-NET-2)', 'RFC 5737', 'false'),
  listed('203.0.113.0/24', 'documentation (TEST-NET-3)', 'RFC 5737', 'false'),
  listed('240.0.0.0/4', 'reserved', 'RFC 1112 section 4', 'false'),
  listed('255.255.255.255/32', 'limited broadcast', 'RFC 919 section 7', 'false'),
]);

export const REGISTRY_V6: readonly RegistryRange[] = Object.freeze([
  listed('::1/128', 'loopback', 'RFC 4291', 'false'),
  listed('::/128', 'unspecified', 'RFC 4291', 'false'),
  // ::ffff:0:0/96 (IPv4-mapped) is missing on purpose: such an address is read as the IPv4 before anything looks here.
  listed('64:ff9b::/96', 'IPv4-IPv6 translation', 'RFC 6052', 'true'),
  listed('64:ff9b:1::/48', 'IPv4-IPv6 translation, local use', 'RFC 8215', 'false'),
  listed('100::/64', 'discard-only', 'RFC 6666', 'false'),
  listed('100:0:0:1::/64', 'dummy prefix', 'RFC 9780', 'false'),
  listed('2001::/23', 'IETF protocol assignments', 'RFC 2928', 'false'),
  listed('2001::/32', 'Teredo', 'RFC 4380', 'n/a'),
  listed('2001:1::1/128', 'Port Control Protocol anycast', 'RFC 7723', 'true'),
  listed('2001:1::2/128', 'TURN anycast', 'RFC 8155', 'true'),
  listed('2001:1::3/128', 'DNS-SD service registration anycast', 'RFC 9665', 'true'),
  listed('2001:2::/48', 'benchmarking', 'RFC 5180', 'false'),
  listed('2001:3::/32', 'AMT', 'RFC 7450', 'true'),
  listed('2001:4:112::/48', 'AS112-v6', 'RFC 7535', 'true'),
  listed('2001:10::/28', 'ORCHID, ended', 'RFC 4843', 'n/a'),
  listed('2001:20::/28', 'ORCHIDv2', 'RFC 7343', 'true'),
  listed('2001:30::/28', 'drone remote identification', 'RFC 9374', 'true'),
  listed('2001:db8::/32', 'documentation', 'RFC 3849', 'false'),
  listed('2002::/16', '6to4', 'RFC 3056', 'n/a'),
  listed('2620:4f:8000::/48', 'direct delegation AS112 service', 'RFC 7534', 'true'),
  listed('3fff::/20', 'documentation', 'RFC 9637', 'false'),
  listed('5f00::/16', 'segment routing SIDs', 'RFC 9602', 'false'),
  listed('fc00::/7', 'unique local', 'RFC 4193', 'false'),
  listed('fe80::/10', 'link-local', 'RFC 4291', 'false'),
]);

export const MULTICAST: readonly AddressRange[] = Object.freeze([
  range('224.0.0.0/4', 'multicast', 'RFC 5771'),
  range('ff00::/8', 'multicast', 'RFC 4291 section 2.7'),
]);

/** All IPv6 that no registry has handed out as global unicast: everything but 2000::/3. */
export const OUTSIDE_GLOBAL_UNICAST: readonly AddressRange[] = Object.freeze([
  range('::/3', 'below global unicast', 'RFC 4291 section 2.4'),
  range('4000::/2', 'above global unicast', 'RFC 4291 section 2.4'),
  range('8000::/1', 'above global unicast', 'RFC 4291 section 2.4'),
]);

export const LOOPBACK: readonly AddressRange[] = Object.freeze([
  range('127.0.0.0/8', 'loopback', 'RFC 1122 section 3.2.1.3'),
  range('::1/128', 'loopback', 'RFC 4291 section 2.5.3'),
  // Systems connect these to the loopback interface.
  range('0.0.0.0/8', '"this host"', 'RFC 1122 section 3.2.1.3'),
  range('::/128', 'unspecified', 'RFC 4291 section 2.5.2'),
]);

export const LINK_LOCAL: readonly AddressRange[] = Object.freeze([
  range('169.254.0.0/16', 'link-local', 'RFC 3927'),
  range('fe80::/10', 'link-local', 'RFC 4291 section 2.5.6'),
]);

export const PRIVATE_USE: readonly AddressRange[] = Object.freeze([
  range('10.0.0.0/8', 'private use', 'RFC 1918'),
  range('172.16.0.0/12', 'private use', 'RFC 1918'),
  range('192.168.0.0/16', 'private use', 'RFC 1918'),
  range('100.64.0.0/10', 'shared address space (CGNAT)', 'RFC 6598'),
  range('fc00::/7', 'unique local', 'RFC 4193'),
]);

export const METADATA: readonly AddressRange[] = Object.freeze([
  range('169.254.169.254/32', 'AWS, Azure, Google, DigitalOcean, Hetzner, OpenStack and others', 'AWS EC2 user guide'),
  range('169.254.170.2/32', 'AWS ECS credentials', 'AWS ECS developer guide'),
  range('169.254.170.23/32', 'AWS EKS pod identity', 'AWS EKS user guide'),
  range('fd00:ec2::254/128', 'AWS', 'AWS EC2 user guide'),
  range('fd00:ec2::23/128', 'AWS EKS pod identity', 'AWS EKS user guide'),
  range('fd20:ce::254/128', 'Google', 'Google Compute Engine documentation'),
  range('168.63.129.16/32', 'Azure WireServer', 'Azure Virtual Network documentation'),
  range('100.100.100.200/32', 'Alibaba', 'Alibaba ECS user guide'),
  range('192.0.0.192/32', 'Oracle, classic', 'Oracle Cloud classic documentation'),
  range('fd00:c1::a9fe:a9fe/128', 'Oracle', 'Oracle Cloud Infrastructure documentation'),
  range('169.254.0.23/32', 'Tencent', 'Tencent CVM documentation'),
  range('169.254.42.42/32', 'Scaleway', 'Scaleway instances documentation'),
  range('fd00:42::42/128', 'Scaleway', 'Scaleway instances documentation'),
  range('fd00:a9fe:a9fe::1/128', 'Linode', 'Akamai Linode metadata documentation'),
  range('fe80::a9fe:a9fe/128', 'OpenStack', 'OpenStack Nova user guide'),
]);
