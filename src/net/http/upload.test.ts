/** Bodies that are not in memory: how they are framed, what holds them up, and what is left open afterwards. */
import { appendFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { startHttp, startRaw } from '../../../test/helpers/http-server.ts';
import { failureOf, testNet, until } from '../../../test/helpers/tcp-server.ts';
import { tempFolder } from '../../../test/helpers/temp.ts';

const openFiles = (path: string): number => {
  const links = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlink(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return links.filter((link) => link.startsWith(path)).length;
};
const { readlinkSync: readlink } = process.getBuiltinModule('node:fs');

async function* pieces(...list: readonly unknown[]): AsyncGenerator<unknown> {
  for (const piece of list) yield piece;
}

describe('a stream of the host program', () => {
  it.each([
    ['an iterable', () => pieces('ab', Buffer.from('c'))],
    ['a Readable', () => Readable.from([Buffer.from('ab'), Buffer.from('c')])],
    ['a web stream', () => new Blob(['abc']).stream()],
  ])('goes in chunks: %s', async (_what, bodyFile) => {
    await using server = await startHttp();
    await using net = testNet();
    await net.fetch(server.origin(), { method: 'POST', bodyFile: bodyFile() });
    const [seen] = server.seen;
    expect([seen?.body, seen?.headers['transfer-encoding'], seen?.headers['content-length']]).toEqual([
      'abc',
      'chunked',
      undefined,
    ]);
  });

  it('is not sent twice', async () => {
    await using server = await startHttp((response, { url }) => {
      if (url === '/') response.writeHead(307, { location: '/next' }).end();
      else response.end();
    });
    await using net = testNet();
    const sent = net.fetch(`${server.origin()}/`, { method: 'POST', bodyFile: pieces('x') });
    expect(await failureOf(sent)).toMatchObject({ code: 'NET_PROTOCOL' });
    expect(server.seen).toHaveLength(1);
  });

  it('fails with what it raises, and ends the connection', async () => {
    await using server = await startHttp();
    await using net = testNet();
    async function* broken(): AsyncGenerator<Buffer> {
      yield Buffer.from('one');
      throw new RangeError('no more');
    }
    const sent = net.fetch(server.origin(), { method: 'POST', bodyFile: broken() });
    expect(await failureOf(sent)).toMatchObject({ code: 'NET_SOCKET' });
    await until(() => server.connections.open === 0);
    const odd = net.fetch(server.origin(), { method: 'POST', bodyFile: pieces('one', 7) });
    expect(await failureOf(odd)).toMatchObject({ code: 'ARGUMENT' });
    expect(server.seen).toEqual([]);
  });

  it('waits while the server does', async () => {
    let made = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      for (;;) {
        made += 1;
        yield Buffer.alloc(65_536);
      }
    }
    await using server = await startRaw((socket) => socket.pause());
    await using net = testNet();
    const ending = new AbortController();
    const sent = net.fetch(server.origin(), {
      method: 'POST',
      bodyFile: endless(),
      signal: ending.signal,
      timeout: null,
    });
    sent.catch(() => {});
    let before = -1;
    await until(() => {
      const same = made > 0 && made === before;
      before = made;
      return same;
    });
    expect(made).toBeLessThan(1_000);
    ending.abort(new RangeError('enough'));
    await expect(sent).rejects.toThrow('enough');
  });
});

describe('a file', () => {
  it('is sent from an open handle, which stays the caller’s', async () => {
    using folder = tempFolder();
    writeFileSync(folder.file('a'), 'content');
    await using server = await startHttp();
    await using net = testNet();
    const handle = await open(folder.file('a'));
    await net.fetch(server.origin(), { method: 'POST', bodyFile: handle });
    await net.fetch(server.origin(), { method: 'POST', bodyMultipart: { f: { file: handle, filename: 'b' } } });
    expect((await handle.stat()).size).toBe(7);
    await handle.close();
    expect(server.seen[0]).toMatchObject({ body: 'content', headers: { 'content-length': '7' } });
    expect(server.seen[1]?.body).toContain('filename="b"\r\nContent-Type: application/octet-stream\r\n\r\ncontent\r\n');
  });

  it('is closed however the request ends', async () => {
    using folder = tempFolder();
    writeFileSync(folder.file('a'), Buffer.alloc(3_000_000));
    await using server = await startRaw((socket) => socket.destroy());
    await using good = await startHttp();
    await using net = testNet({ allowFsRead: [folder.path] }, { allowNet: ['api.test'] });
    const bodyFile = folder.file('a');
    await failureOf(net.fetch(server.origin(), { method: 'POST', bodyFile }));
    await failureOf(net.fetch('http://other.test/', { method: 'POST', bodyFile }));
    await failureOf(
      net.fetch(good.origin(), { method: 'POST', bodyMultipart: { a: [{ file: bodyFile }, { file: '/x' }] } }),
    );
    await (await net.fetch(good.origin(), { method: 'POST', bodyFile })).bytes();
    await until(() => openFiles(folder.path) === 0);
  });

  it('is sent to the length that it had, or fails', async () => {
    using folder = tempFolder();
    writeFileSync(folder.file('a'), 'x'.repeat(200_000));
    await using server = await startHttp();
    await using net = testNet({ allowFsRead: [folder.path] });
    const handle = await open(folder.file('a'));
    const grown = net.fetch(server.origin(), { method: 'POST', bodyFile: handle });
    await Promise.resolve();
    appendFileSync(folder.file('a'), 'more');
    await grown;
    await handle.close();
    expect(server.seen[0]?.body.length).toBeGreaterThanOrEqual(200_000);
    const stat = { isFile: () => true, size: 300_000 };
    const shrunk = await open(folder.file('a'));
    truncateSync(folder.file('a'), 100);
    const lying = { fd: shrunk.fd, createReadStream: () => {}, stat: async () => stat, read: shrunk.read.bind(shrunk) };
    const failed = net.fetch(server.origin(), { method: 'POST', bodyFile: lying as unknown as typeof shrunk });
    expect(await failureOf(failed)).toMatchObject({ code: 'NET_SOCKET', message: expect.stringContaining('shorter') });
    await shrunk.close();
  });
});

it('keeps a connection after HEAD, and after DELETE with a body', async () => {
  await using server = await startHttp();
  await using net = testNet();
  for (const method of ['HEAD', 'GET', 'HEAD', 'HEAD']) await (await net.fetch(server.origin(), { method })).bytes();
  expect(server.connections.accepted).toBe(1);
});
