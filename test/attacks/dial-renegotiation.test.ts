/** Attack: a TLS 1.2 server that asks for a second handshake, in which it could show a certificate that nobody checks. */
import { expect, it } from 'vitest';
import { failureOf } from '../helpers/tcp-server.ts';
import { tlsPair } from '../helpers/tls-server.ts';

it('gets no second handshake', async () => {
  await using pair = await tlsPair({ server: { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } });
  const { socket, peer } = pair;
  let again = false;
  peer.once('secure', () => {
    again = true;
  });
  peer.renegotiate({}, () => {});
  const failure = await failureOf(
    (async () => {
      for (let n = 0; n < 1000; n++) {
        peer.write('ping');
        await socket.recvExact(4);
      }
    })(),
  );
  expect(failure.name).toBe('TlsError');
  expect(again).toBe(false);
});
