/** Attack: keys, authorities and offers so large that reading them, or one handshake, holds up everybody else's network. */
import { createPrivateKey, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { MAX_ALPN } from '../../src/net/dial/tls-options.ts';
import { MAX_PEM } from '../../src/net/options.ts';
import { listenNet, SERVER_TLS } from '../helpers/listener.ts';
import { failureOf, startTcp } from '../helpers/tcp-server.ts';
import { pemOf } from '../helpers/tls-server.ts';

/** An RSA key of so many bits, as far as its form goes: nothing could be signed by it. */
function rsaKey(bits: number): string {
  const number = (length: number): string => {
    const bytes = randomBytes(Math.ceil(length / 8));
    bytes[0] = 1 << ((length - 1) % 8);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) | 1, bytes.length - 1);
    return bytes.toString('base64url');
  };
  const half = number(bits / 2);
  const [n, d, p, q, dp, dq, qi] = [number(bits), number(bits), half, half, half, half, half];
  const key = createPrivateKey({ format: 'jwk', key: { kty: 'RSA', e: 'AQAB', n, d, p, q, dp, dq, qi } });
  return key.export({ format: 'pem', type: 'pkcs8' }).toString();
}

it('refuses RSA keys of more than 8192 bits on either side, before anything is dialled', async () => {
  await using server = await startTcp();
  await using net = listenNet();
  for (const [bits, message] of [
    [8192, /^clientCertPem and clientKeyPem can not be used/],
    [8193, /^an RSA key of more than 8192 bits/],
    [16_384, /^an RSA key of more than 8192 bits/],
  ] as const) {
    const clientKeyPem = rsaKey(bits);
    const failure = await failureOf(net.tls('api.test', server.port, { clientCertPem: pemOf('client'), clientKeyPem }));
    expect([failure.name, failure.message]).toEqual(['ArgumentError', expect.stringMatching(message)]);
    const tls = { ...SERVER_TLS, keyPem: clientKeyPem };
    expect((await failureOf(net.tcpListen('127.0.0.1', 0, { tls }))).name).toBe('ArgumentError');
  }
  expect(server.accepted).toBe(0);
});

it('reads a mebibyte of PEM and no more', async () => {
  await using server = await startTcp();
  await using net = listenNet();
  const padded = (length: number): string => pemOf('ca').padStart(length, '#');
  const dial = (caPem: string) => failureOf(net.tls('api.test', server.port, { caPem, timeout: 0.01 }));
  expect((await dial(padded(MAX_PEM))).name).toBe('TimeoutError');
  const failure = await dial(padded(MAX_PEM + 1));
  expect([failure.name, failure.message]).toEqual([
    'ArgumentError',
    `tls: caPem must have at most ${MAX_PEM} characters`,
  ]);
});

it('offers so many protocols and no more', async () => {
  await using server = await startTcp();
  await using net = listenNet();
  const names = (count: number): string[] => Array.from({ length: count }, (_, n) => String(n).padStart(255, 'x'));
  const dial = (count: number) => failureOf(net.tls('api.test', server.port, { alpn: names(count), timeout: 0.05 }));
  expect((await dial(MAX_ALPN)).name).toBe('TimeoutError');
  expect((await dial(MAX_ALPN + 1)).name).toBe('ArgumentError');
});
