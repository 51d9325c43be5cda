/**
 * The brand of an address that a capability has vetted: the dialler takes nothing else. Trusted side.
 * SECURITY: what makes one is imported by capability.ts alone (test/attacks/grant-vetted-brand.test.ts).
 */
import type { IpAddress } from './ip.ts';

declare const brand: unique symbol;

/** An address that passed every deny rule of the capability that asked. Made only by `Capability.vet`. */
export type VettedAddress = IpAddress & { readonly [brand]: true };

const vetted = new WeakSet<IpAddress>();

/** Brands an address, at runtime too. */
export function brandVetted(ip: IpAddress): VettedAddress {
  vetted.add(ip);
  return ip as VettedAddress;
}

/** True for what brandVetted made: for the dialler's own assertion. */
export function isVetted(ip: IpAddress): ip is VettedAddress {
  return vetted.has(ip);
}
