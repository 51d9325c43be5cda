/** Attack: a server on the way that shows a certificate of another host, another authority, another time or purpose. */
import { expect, it } from 'vitest';
import { failureOf, openSockets, until } from '../helpers/tcp-server.ts';
import { pemOf, tlsPair } from '../helpers/tls-server.ts';

/** Lets the server use keys that OpenSSL would not show by itself. */
const WEAK_KEYS_TOO = 'DEFAULT:@SECLEVEL=0';

it.each([
  ['expired', 'api.test', 'the certificate has expired'],
  ['wrong-host', 'api.test', 'the certificate is not for api.test but for DNS:other.test, IP Address:192.0.2.1'],
  ['self-signed', 'api.test', 'the certificate is self-signed'],
  ['unknown-issuer', 'api.test', "the certificate's issuer is not known"],
  ['not-yet-valid', 'api.test', 'the certificate is not valid yet'],
  ['missing-intermediate', 'api.test', "the certificate's issuer is not known, and was not sent along"],
  ['unknown-authority', 'api.test', 'the chain ends in an authority that is not trusted'],
  ['with-long-path', 'api.test', 'the chain is longer than its authority allows'],
  ['with-no-authority', 'api.test', 'a certificate of the chain is not meant for this use'],
  ['wrong-purpose', 'api.test', 'a certificate of the chain is not meant for this use'],
  ['weak-key', 'api.test', "the certificate's key is too weak"],
  ['weak-digest', 'api.test', 'a certificate of the chain is signed with a digest that is too weak'],
  ['unknown-critical', 'api.test', 'a certificate of the chain has a critical extension that is not known'],
  ['cn-only', 'api.test', 'the certificate is not for api.test: it names no host (a common name does not count)'],
  ['partial-wildcard', 'api.wild.test', 'the certificate is not for api.wild.test but for DNS:a*.wild.test'],
  ['name-in-ip', '127.0.0.1', 'the certificate is not for 127.0.0.1 but for DNS:127.0.0.1'],
  ['wrong-host', '127.0.0.1', 'the certificate is not for 127.0.0.1 but for'],
] as const)('refuses %s for %s', async (certificate, host, reason) => {
  const failure = await failureOf(tlsPair({ certificate, host, server: { ciphers: WEAK_KEYS_TOO } }));
  expect(failure).toMatchObject({ name: 'TlsError', code: 'NET_TLS', host, retryable: false });
  expect(failure.reason).toContain(reason);
  expect(failure.message).toContain(String(failure.reason));
  await until(() => openSockets() === 0);
});

it('refuses what Node has no code for: a name outside the constraints of its authority', async () => {
  const failure = await failureOf(tlsPair({ certificate: 'constrained', net: { ca: pemOf('constrained-ca') } }));
  expect(failure).toMatchObject({
    name: 'TlsError',
    reason: 'the certificate names what its authority may not vouch for',
  });
});

it('trusts the bundled authorities and no test authority where none is named', async () => {
  const failure = await failureOf(tlsPair({ net: { ca: undefined } }));
  expect(failure.reason).toContain("the certificate's issuer is not known");
});

it('takes a chain that the peer has sent along', async () => {
  await using pair = await tlsPair({ certificate: 'with-intermediate' });
  expect(pair.socket.peerCert?.issuer).toBe('CN=Test Intermediate');
});
