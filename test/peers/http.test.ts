/** The client beside curl, against servers that are not Node's: what one gets, the other gets. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { patternBytes } from '../helpers/api-server.ts';
import { curl, hasPeers, type Peer, startNginx, startPython } from '../helpers/peers.ts';
import { testNet } from '../helpers/tcp-server.ts';
import { tempFolder } from '../helpers/temp.ts';
import { pemOf } from '../helpers/tls-server.ts';

const FILES = { small: 'small', text: 'grüße '.repeat(1_000), large: patternBytes(2_000_000), empty: '', new: 'moved' };
const authority = fileURLToPath(new URL('../helpers/certs/ca.pem', import.meta.url));

const SERVERS = [
  ['nginx', () => startNginx(FILES), 'http', '1.1'],
  ['nginx with TLS', () => startNginx(FILES, { tls: true }), 'https', '2'],
  ['python3', () => startPython(FILES), 'http', '1.0'],
] as const;

describe.skipIf(!hasPeers).each(SERVERS)(
  '%s (skipped without nginx, python3 and curl)',
  (name, start, scheme, version) => {
    let peer: Peer;
    beforeAll(async () => {
      peer = await start();
    });
    afterAll(() => peer[Symbol.asyncDispose]());

    const url = (path: string): string => `${scheme}://api.test:${peer.port}${path}`;
    const byCurl = (path: string, ...args: readonly string[]) =>
      curl(url(path), '--resolve', `api.test:${peer.port}:127.0.0.1`, '--cacert', authority, ...args);
    const net = () => testNet({ ca: pemOf('ca') });

    it.each(['/small', '/text', '/large', '/empty', '/none', '/', '/%67/../small'])('%s', async (path) => {
      await using ours = net();
      const response = await ours.fetch(url(path));
      const theirs = await byCurl(new URL(response.url).pathname, '--compressed');
      expect([response.status, response.httpVersion]).toEqual([theirs.status, version]);
      expect(Buffer.from(await response.bytes()).equals(theirs.body)).toBe(true);
    });

    it('HEAD, a part, and a file that is not newer', async () => {
      await using ours = net();
      const head = await ours.fetch(url('/large'), { method: 'HEAD', headers: { 'Accept-Encoding': 'identity' } });
      expect([head.status, head.header('content-length'), (await head.bytes()).length]).toEqual([200, '2000000', 0]);
      const since = head.header('last-modified') ?? '';
      const unchanged = await ours.fetch(url('/large'), { headers: { 'If-Modified-Since': since } });
      expect([unchanged.status, await unchanged.text()]).toEqual([304, '']);
      const part = await ours.fetch(url('/large'), {
        headers: { Range: 'bytes=10-19', 'Accept-Encoding': 'identity' },
      });
      const theirs = await byCurl('/large', '-r', '10-19');
      expect(part.status).toBe(theirs.status);
      expect(Buffer.from(await part.bytes()).equals(theirs.body)).toBe(true);
    });

    it('puts a file where it was told to', async () => {
      using folder = tempFolder();
      await using ours = testNet({ ca: pemOf('ca'), allowFsWrite: [folder.path] });
      await ours.http.client.new().download(url('/large'), { to: folder.file('copy') });
      expect(readFileSync(folder.file('copy')).equals(readFileSync(join(peer.folder, 'large')))).toBe(true);
    });

    it('many at once', async () => {
      await using ours = net();
      const all = await ours.fetchAll(
        Array.from({ length: 60 }, (_, at) => url(at % 2 === 0 ? '/small' : '/large')),
        { limit: 12 },
      );
      const sizes = await Promise.all(all.map(async (one) => ('code' in one ? one.code : (await one.bytes()).length)));
      expect(sizes).toEqual(Array.from({ length: 60 }, (_, at) => (at % 2 === 0 ? 5 : 2_000_000)));
    });

    // Python's plain server has no such pages.
    if (name === 'python3') return;

    it('redirects, repeated headers, bodies, and one that is too large', async () => {
      await using ours = testNet({ ca: pemOf('ca'), allowFsRead: [peer.folder] });
      const moved = await ours.fetch(url('/old'));
      const theirs = await byCurl('/old', '-L');
      expect([moved.status, await moved.text(), moved.redirectChain.length]).toEqual([
        200,
        String(theirs.body),
        theirs.redirects,
      ]);
      expect((await ours.fetch(url('/twice'))).header('x-twice')).toBe('one, two');
      const bodyFile = join(peer.folder, 'text');
      const sent = await ours.fetch(url('/upload'), { method: 'PUT', bodyFile });
      expect(await sent.text()).toBe(String((await byCurl('/upload', '-T', bodyFile)).body));
      const denied = await ours.fetch(url('/upload'), { method: 'POST', bodyFile: join(peer.folder, 'large') }).then(
        ({ status }) => status,
        (error: { code: string }) => error.code,
      );
      expect([413, 'NET_RESET']).toContain(denied);
    });
  },
);
