/** Which sessions are kept, and for how long. */
import { expect, it } from 'vitest';
import { ManualClock } from '../../../test/helpers/tcp-clock.ts';
import { parseTarget } from '../address/target.ts';
import { Capability } from '../capability.ts';
import { Grants } from '../grants/grants.ts';
import { settleOptions } from '../options.ts';
import { MAX_SESSION_BYTES, MAX_SESSIONS, SESSION_LIFE_MS, sessionSlot } from './sessions.ts';
import { planTls, TLS_OPTIONS } from './tls-options.ts';

const clock = new ManualClock();
const capability = Capability.root(Grants.parse({ allowNet: true }));
const slotAt = (port: number, holder = capability) => {
  const target = parseTarget('api.test', port);
  return sessionSlot(holder, target, planTls(settleOptions(TLS_OPTIONS, {}, 'tls'), target.host, null), clock);
};
const fresh = (bytes = 1) => ({ session: Buffer.alloc(bytes, 's'), certificate: null, verifiedAt: clock.now() });

it('is offered once', () => {
  slotAt(1).put(fresh());
  expect(slotAt(1).take()?.session.toString()).toBe('s');
  expect(slotAt(1).take()).toBeNull();
});

it('is offered for an hour after its verification', () => {
  const session = fresh();
  slotAt(1).put(session);
  clock.advance(SESSION_LIFE_MS);
  expect(slotAt(1).take()).toBe(session);
  slotAt(1).put(session);
  clock.advance(1);
  expect(slotAt(1).take()).toBeNull();
});

it('is not kept if it is large, and what it was to replace is gone', () => {
  slotAt(1).put(fresh(MAX_SESSION_BYTES));
  expect(slotAt(1).take()).not.toBeNull();
  slotAt(1).put(fresh());
  slotAt(1).put(fresh(MAX_SESSION_BYTES + 1));
  expect(slotAt(1).take()).toBeNull();
});

it('counts with those of all capabilities', () => {
  for (let made = 0; made <= MAX_SESSIONS; made++) {
    const holder = Capability.root(Grants.parse({ allowNet: true }));
    slotAt(1, holder).put(fresh());
    if (made === 0) slotAt(1).put(fresh());
  }
  expect(slotAt(1).take()).toBeNull();
});

it('gives way to later ones where there are too many', () => {
  for (let port = 1; port <= MAX_SESSIONS + 1; port++) slotAt(port).put(fresh());
  expect(slotAt(1).take()).toBeNull();
  expect(slotAt(2).take()).not.toBeNull();
  expect(slotAt(MAX_SESSIONS + 1).take()).not.toBeNull();
});
