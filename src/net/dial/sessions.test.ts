/** Which sessions are kept, and for how long. */
import { expect, it } from 'vitest';
import { ManualClock } from '../../../test/helpers/tcp-clock.ts';
import { parseTarget } from '../address/target.ts';
import { Capability } from '../capability.ts';
import { Grants } from '../grants/grants.ts';
import { settleOptions } from '../options.ts';
import { MAX_SESSIONS, SESSION_LIFE_MS, sessionSlot } from './sessions.ts';
import { planTls, TLS_OPTIONS } from './tls-options.ts';

const clock = new ManualClock();
const capability = Capability.root(Grants.parse({ allowNet: true }));
const slotAt = (port: number) => {
  const target = parseTarget('api.test', port);
  return sessionSlot(capability, target, planTls(settleOptions(TLS_OPTIONS, {}, 'tls'), target.host, null), clock);
};
const fresh = () => ({ session: Buffer.from('s'), certificate: null, verifiedAt: clock.now() });

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

it('gives way to later ones where there are too many', () => {
  for (let port = 1; port <= MAX_SESSIONS + 1; port++) slotAt(port).put(fresh());
  expect(slotAt(1).take()).toBeNull();
  expect(slotAt(2).take()).not.toBeNull();
  expect(slotAt(MAX_SESSIONS + 1).take()).not.toBeNull();
});
