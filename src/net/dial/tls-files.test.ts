/** TLS options that name files, at each place that takes them. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { listenNet } from '../../../test/helpers/listener.ts';
import { failureOf } from '../../../test/helpers/tcp-server.ts';
import { type CertificateName, pemOf } from '../../../test/helpers/tls-server.ts';

const folder = fileURLToPath(new URL('../../../test/helpers/certs/', import.meta.url));
const pathOf = (name: CertificateName): string => `${folder}${name}.pem`;
const MUTUAL = { cert: pathOf('good'), key: pathOf('good'), caBundle: pathOf('ca') };
const CLIENT = { caBundle: pathOf('ca'), clientCert: pathOf('client'), clientKey: pathOf('client') };

describe('paths', () => {
  it('stand for the text of their files, for listeners and for those who connect', async () => {
    await using net = listenNet({ allowFsRead: [folder] });
    await using listener = await net.tcpListen('127.0.0.1', 0, { tls: MUTUAL });
    const [ours, theirs] = await Promise.all([net.tls('api.test', listener.localPort, CLIENT), listener.accept()]);
    expect([ours.peerCert?.subject, theirs.peerCert?.subject]).toEqual(['O=Example, CN=Server', 'CN=Client']);
  });

  it('do so for either side of starttls', async () => {
    await using net = listenNet({ allowFsRead: [folder] });
    await using listener = await net.tcpListen('127.0.0.1', 0);
    const [one, other] = await Promise.all([net.tcp('api.test', listener.localPort), listener.accept()]);
    const [ours, theirs] = await Promise.all([one.starttls(CLIENT), other.starttls(MUTUAL)]);
    expect([ours.peerCert?.subject, theirs.peerCert?.subject]).toEqual(['O=Example, CN=Server', 'CN=Client']);
  });

  it('and texts are not taken for the same thing at once', async () => {
    await using net = listenNet({ allowFsRead: [folder] });
    const failure = await failureOf(net.tls('api.test', 9, { caBundle: pathOf('ca'), caPem: pemOf('ca') }));
    expect([failure.name, failure.message]).toEqual([
      'ArgumentError',
      'tls: caBundle and caPem say the same: give one of them',
    ]);
    expect((await failureOf(net.tls('api.test', 9, { clientCert: pathOf('client') }))).message).toContain('together');
    const tls = { cert: pathOf('good'), key: pathOf('client') };
    expect((await failureOf(net.tcpListen('127.0.0.1', 0, { tls }))).name).toBe('ArgumentError');
  });
});
