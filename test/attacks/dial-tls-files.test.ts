/** Attack: read files of the host by naming them as certificates: their text in an error, their being there, their key in use. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MAX_PEM } from '../../src/net/options.ts';
import { listenNet } from '../helpers/listener.ts';
import { failureOf, startTcp } from '../helpers/tcp-server.ts';
import { pemOf } from '../helpers/tls-server.ts';

const SECRET = 'hunter2-hunter2-hunter2';
let root: string;
let granted: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'caspian-tls-'));
  granted = join(root, 'granted');
  mkdirSync(granted);
  writeFileSync(join(root, 'outside.pem'), pemOf('ca'));
  writeFileSync(join(granted, 'ca.pem'), pemOf('ca'));
  writeFileSync(join(granted, 'notes.txt'), SECRET);
  writeFileSync(join(granted, 'broken.pem'), `-----BEGIN CERTIFICATE-----\n${SECRET}\n-----END CERTIFICATE-----\n`);
  writeFileSync(join(granted, 'largest.pem'), pemOf('ca').padStart(MAX_PEM, '#'));
  writeFileSync(join(granted, 'larger.pem'), pemOf('ca').padStart(MAX_PEM + 1, '#'));
  symlinkSync(join(root, 'outside.pem'), join(granted, 'link.pem'));
  execFileSync('mkfifo', [join(granted, 'pipe.pem')]);
});

afterAll(() => rmSync(root, { recursive: true }));

it.each([
  ['../outside.pem', 'FileNotAllowedError'],
  ['../nothing.pem', 'FileNotAllowedError'],
  ['link.pem', 'FileNotAllowedError'],
  ['pipe.pem', 'FileNotAllowedError'],
  ['.', 'FileNotAllowedError'],
  ['nothing.pem', 'ArgumentError'],
  ['notes.txt', 'ArgumentError'],
  ['broken.pem', 'ArgumentError'],
  ['larger.pem', 'ArgumentError'],
])('refuses %s, and says nothing of what is in it', async (name, error) => {
  await using server = await startTcp();
  await using net = listenNet({ allowFsRead: [granted] });
  const path = join(granted, name);
  const attempts = [
    () => net.tls('api.test', server.port, { caBundle: path }),
    () => net.tls('api.test', server.port, { clientCert: path, clientKey: path }),
    () => net.tcpListen('127.0.0.1', 0, { tls: { cert: path, key: path } }),
    () => net.tcp('api.test', server.port).then((socket) => socket.starttls({ caBundle: path })),
    () => net.tcp('api.test', server.port).then((socket) => socket.starttls({ cert: path, key: path })),
  ];
  for (const attempt of attempts) {
    const failure = await failureOf(attempt());
    expect(failure.name).toBe(error);
    expect(JSON.stringify([failure.message, failure.hint, String(failure.cause)])).not.toContain(SECRET);
  }
});

it('takes what is granted, and from nobody who has been narrowed', async () => {
  await using server = await startTcp();
  await using net = listenNet({ allowFsRead: [granted] });
  for (const name of ['ca.pem', 'largest.pem']) {
    const caBundle = join(granted, name);
    expect((await failureOf(net.tls('api.test', server.port, { caBundle, timeout: 0.05 }))).name).toBe('TimeoutError');
    const small = net.narrow(['*']);
    expect((await failureOf(small.tls('api.test', server.port, { caBundle }))).name).toBe('FileNotAllowedError');
    const clear = await small.tcp('api.test', server.port);
    expect((await failureOf(clear.starttls({ caBundle }))).name).toBe('FileNotAllowedError');
    await using bare = listenNet();
    expect((await failureOf(bare.tls('api.test', server.port, { caBundle }))).name).toBe('FileNotAllowedError');
  }
});
