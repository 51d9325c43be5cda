/** Attack: a server on the way that shows a certificate of another host, another authority, another time or purpose. */
import { expect, it } from 'vitest';
import { failureOf, openSockets, until } from '../helpers/tcp-server.ts';
import { pemOf, tlsPair } from '../helpers/tls-server.ts';

it.each([
  ['expired', 'api.test', 'the certificate has expired'],
  ['wrong-host', 'api.test', 'the certificate is not for api.test but for DNS:other.test, IP Address:192.0.2.1'],
  ['self-signed', 'api.test', 'the certificate is self-signed'],
  ['unknown-issuer', 'api.test', "the certificate's issuer is not known"],
  ['wrong-purpose', 'api.test', 'the certificate is not meant for a server'],
  ['name-in-ip', '127.0.0.1', 'the certificate is not for 127.0.0.1 but for DNS:127.0.0.1'],
  ['wrong-host', '127.0.0.1', 'the certificate is not for 127.0.0.1 but for'],
] as const)('refuses %s for %s', async (certificate, host, reason) => {
  const failure = await failureOf(tlsPair({ certificate, host }));
  expect(failure).toMatchObject({ name: 'TlsError', code: 'NET_TLS', host, retryable: false });
  expect(failure.reason).toContain(reason);
  expect(failure.message).toContain(String(failure.reason));
  await until(() => openSockets() === 0);
});

it('refuses what Node has no code for: a name outside the constraints of its authority', async () => {
  const failure = await failureOf(tlsPair({ certificate: 'constrained', net: { ca: pemOf('constrained-ca') } }));
  expect(failure.name).toBe('TlsError');
  expect(failure.reason).toContain('permitted subtree violation');
});

it('trusts the bundled authorities and no test authority where none is named', async () => {
  const failure = await failureOf(tlsPair({ net: { ca: undefined } }));
  expect(failure.reason).toBe("the certificate's issuer is not known");
});
