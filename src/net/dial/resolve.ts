/**
 * From a permitted target to the addresses that may be dialled: one look-up, every answer vetted. Trusted side; the
 * answers are the resolver's word, and a name's owner may answer with anything.
 */

import type { Target } from '../address/target.ts';
import type { VettedAddress } from '../address/vetted.ts';
import type { Capability } from '../capability.ts';
import type { By } from '../decision.ts';
import { type Bounds, runStep } from './deadline.ts';
import { lookUpAll } from './powers.ts';
import { type FailureContext, noAddress, translate } from './translate.ts';

/** Every address of a canonical name, in order of preference. The signal aborts when nobody waits for it any more. */
export type Resolve = (host: string, signal: AbortSignal) => Promise<readonly string[]> | readonly string[];

/** What a look-up is made for. */
export interface ResolveFor {
  readonly capability: Capability;
  readonly target: Target;
  /** The host program's resolver; the system's without one. */
  readonly resolve?: Resolve | undefined;
  readonly by?: By | undefined;
}

/** The addresses to try, the preferred one first, families alternating (RFC 8305 section 4). At least one. */
export async function resolveTarget(ask: ResolveFor, bounds: Bounds): Promise<readonly VettedAddress[]> {
  const { capability, target, by } = ask;
  const { host } = target;
  // SECURITY: an address that was written as such is vetted like any answer (test/attacks/dial-literal.test.ts).
  const found = host.kind === 'ip' ? [host.text] : await lookUpAddresses(host.text, ask.resolve, bounds);
  return alternate(capability.vet(target, found, by));
}

/**
 * What the host program's resolver, or the system's, answers: at least one text. The system's can't be cancelled: one
 * that is given up goes on by itself, and its answer is dropped.
 */
export async function lookUpAddresses(
  name: string,
  resolve: Resolve = lookUpAll,
  bounds: Bounds,
): Promise<readonly string[]> {
  bounds.deadline.phase = 'dns';
  const context: FailureContext = { ...bounds.about, phase: 'dns' };
  const found = await runStep<readonly string[]>(bounds, ({ done, failed }) => {
    const givenUp = new AbortController();
    // Deferred, so that a resolver that throws at once fails as one that rejects does.
    void Promise.resolve(name)
      .then((host) => resolve(host, givenUp.signal))
      .then(
        (addresses) => done(checkAnswer(addresses)),
        (error: unknown) => failed(translate(error, context)),
      );
    return () => givenUp.abort();
  });
  if (found.length === 0) throw noAddress(context);
  return found;
}

/** What a resolver of the host program returned; what is no text is dropped here, what is no address by the vetting. */
function checkAnswer(addresses: unknown): readonly string[] {
  return Array.isArray(addresses) ? addresses.filter((address) => typeof address === 'string') : [];
}

function alternate(addresses: readonly VettedAddress[]): readonly VettedAddress[] {
  const first = addresses[0]?.family;
  const preferred = addresses.filter(({ family }) => family === first);
  const others = addresses.filter(({ family }) => family !== first);
  return preferred
    .flatMap((address, index) => [address, ...others.slice(index, index + 1)])
    .concat(others.slice(preferred.length));
}
