/** Attack: a certificate with a wildcard for a part of a label, or one that is stretched over more than one. */
import { expect, it } from 'vitest';
import { failureOf } from '../helpers/tcp-server.ts';
import { tlsPair } from '../helpers/tls-server.ts';

it('does not take a*.wild.test or *i.wild.test for api.wild.test', async () => {
  const failure = await failureOf(tlsPair({ certificate: 'partial-wildcard', host: 'api.wild.test' }));
  expect(failure.reason).toContain('is not for api.wild.test but for DNS:a*.wild.test');
});

it.each(['wild.test', 'a.b.wild.test', 'wild.test.other.test'])('does not take *.wild.test for %s', async (host) => {
  expect((await failureOf(tlsPair({ host }))).name).toBe('TlsError');
});

it('takes *.wild.test for one label', async () => {
  await using pair = await tlsPair({ host: 'xn--bcher-kva.wild.test' });
  expect(pair.socket.connected).toBe(true);
});
