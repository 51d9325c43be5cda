/** Attack: a certificate that names the host in its subject alone, where authorities check less. */
import { expect, it } from 'vitest';
import { failureOf } from '../helpers/tcp-server.ts';
import { tlsPair } from '../helpers/tls-server.ts';

it('does not take a common name for the name of a host', async () => {
  const failure = await failureOf(tlsPair({ certificate: 'cn-only' }));
  expect(failure).toMatchObject({ name: 'TlsError', host: 'api.test' });
  expect(failure.reason).toContain('a common name does not count');
});
