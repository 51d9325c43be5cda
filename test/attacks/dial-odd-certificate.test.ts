/** Attack: to a socket that verifies nobody, show a certificate whose parts are not what they should be. */

import { createSecureContext, TLSSocket } from 'node:tls';
import { expect, it } from 'vitest';
import { asText, failureOf, startTcp, testNet } from '../helpers/tcp-server.ts';
import { pemOf } from '../helpers/tls-server.ts';

const BLOCK = /-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/;

/** The certificate that has expired, with something else in place of the time when it began. */
function withTime(time: string): string {
  const [, text = ''] = BLOCK.exec(pemOf('expired')) ?? [];
  const der = Buffer.from(text, 'base64');
  der.write(time, der.indexOf('000101000000Z'), 'latin1');
  return `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replaceAll(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
}

it.each(['zzzzzzzzzzzzZ', '991332256199Z', '\0'.repeat(13)])('is told as it is, with the time %j', async (time) => {
  await using server = await startTcp();
  await using net = testNet({ ca: pemOf('ca') });
  const serve = async (): Promise<TLSSocket> => {
    const secureContext = createSecureContext({ cert: withTime(time), key: pemOf('expired') });
    return new TLSSocket(await server.accept(), { isServer: true, secureContext }).on('error', () => {});
  };
  const [socket, peer] = await Promise.all([net.tls('api.test', server.port, { verify: false }), serve()]);
  expect(socket.peerCert).toMatchObject({ validFrom: '', validUntil: '2001-01-01T00:00:00.000Z' });
  peer.write('hello');
  expect(asText(await socket.recvExact(5))).toBe('hello');
  const [failure] = await Promise.all([failureOf(net.tls('api.test', server.port)), serve()]);
  expect(failure.name).toBe('TlsError');
});
