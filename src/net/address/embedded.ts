/**
 * IPv6 addresses that stand for an IPv4: a translator, relay or tunnel on the way turns them into it, so a rule that
 * denies the IPv4 must see through them. Trusted side, pure. IPv4-mapped addresses are the IPv4 from the start (ip.ts).
 */
import { type Cidr, cidrContains, cidrOf } from './cidr.ts';
import { type IpAddress, ipBytes, ipFromBytes } from './ip.ts';

export interface EmbeddedForm {
  readonly name: string;
  readonly source: string;
  /** Addresses of this form lie in here … */
  readonly within: Cidr;
  /** … and where `marker` is set, have one of these 32-bit values in bits 64–95. */
  readonly marker: readonly number[] | null;
  /** Which bytes of the address are the IPv4's. */
  readonly bytes: readonly [number, number, number, number];
  /** Each byte is stored inverted. */
  readonly inverted: boolean;
  /** One of several layouts, and the address does not say which: padding that reads as 0.0.0.0/8 is not an IPv4. */
  readonly guessed: boolean;
}

function form(
  name: string,
  source: string,
  within: string,
  bytes: EmbeddedForm['bytes'],
  more: Partial<Pick<EmbeddedForm, 'marker' | 'inverted' | 'guessed'>> = {},
): EmbeddedForm {
  const plain = { marker: null, inverted: false, guessed: false };
  return Object.freeze({ name, source, within: cidrOf(within), bytes, ...plain, ...more });
}

const LAST: EmbeddedForm['bytes'] = [12, 13, 14, 15];

export const EMBEDDED_FORMS: readonly EmbeddedForm[] = Object.freeze([
  form('IPv4-compatible', 'RFC 4291 section 2.5.5.1', '::/96', LAST),
  form('IPv4-translated', 'RFC 2765 section 2.1', '::ffff:0:0:0/96', LAST),
  form('NAT64', 'RFC 6052 section 2.1', '64:ff9b::/96', LAST),
  // Networks choose the prefix length below this one; byte 8 is skipped by all but the last form.
  form('NAT64, local /48', 'RFC 8215, RFC 6052 section 2.2', '64:ff9b:1::/48', [6, 7, 9, 10], { guessed: true }),
  form('NAT64, local /56', 'RFC 8215, RFC 6052 section 2.2', '64:ff9b:1::/48', [7, 9, 10, 11], { guessed: true }),
  form('NAT64, local /64', 'RFC 8215, RFC 6052 section 2.2', '64:ff9b:1::/48', [9, 10, 11, 12], { guessed: true }),
  form('NAT64, local /96', 'RFC 8215, RFC 6052 section 2.2', '64:ff9b:1::/48', LAST, { guessed: true }),
  form('6to4', 'RFC 3056 section 2', '2002::/16', [2, 3, 4, 5]),
  form('Teredo server', 'RFC 4380 section 4', '2001::/32', [4, 5, 6, 7]),
  form('Teredo client', 'RFC 4380 section 4', '2001::/32', LAST, { inverted: true }),
  form('ISATAP', 'RFC 5214 section 6.1', '::/0', LAST, { marker: [0x00005efe, 0x02005efe] }),
]);

/** Every IPv4 that the address may stand for; none for an IPv4 itself. */
export function embeddedIps(ip: IpAddress): readonly IpAddress[] {
  if (ip.family === 4) return [];
  const bytes = ipBytes(ip);
  const found: IpAddress[] = [];
  for (const { within, marker, bytes: places, inverted, guessed } of EMBEDDED_FORMS) {
    if (!cidrContains(within, ip) || (marker !== null && !marker.includes(ip.words[2] ?? 0))) continue;
    const ipv4 = places.map((place) => (bytes[place] ?? 0) ^ (inverted ? 255 : 0));
    if (!guessed || ipv4[0] !== 0) found.push(ipFromBytes(ipv4));
  }
  return found;
}
