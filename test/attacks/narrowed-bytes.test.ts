/** A narrowed net moves more bytes than it has: in bodies that come in pieces, in downloads, many at once, through a proxy. */
import { existsSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { startConnectProxy } from '../helpers/proxy-server.ts';
import { failureOf, testNet, until } from '../helpers/tcp-server.ts';
import { tempFolder } from '../helpers/temp.ts';

const LEFT = 100_000;
const SPENT = { code: 'NET_BUDGET' };

it('moves no more than it has, whichever way', async () => {
  using folder = tempFolder();
  writeFileSync(folder.file('large'), Buffer.alloc(5_000_000));
  let received = 0;
  await using server = await startHttp((response, { url, body }) => {
    received += body.length;
    response.end(url === '/large' ? Buffer.alloc(1_000_000) : 'x');
  });
  await using proxy = await startConnectProxy();
  await using net = testNet({ allowFsRead: [folder.path] });
  const small = () => net.narrow(['*'], { maxBytes: LEFT });
  async function* pieces(): AsyncGenerator<Buffer> {
    for (;;) yield Buffer.alloc(10_000);
  }
  const upload = small().fetch(server.origin(), { method: 'POST', bodyFile: pieces(), timeout: 20 });
  expect(await failureOf(upload)).toMatchObject(SPENT);
  const form = small().fetch(server.origin(), { method: 'POST', bodyMultipart: { a: 'x'.repeat(2 * LEFT) } });
  expect(await failureOf(form)).toMatchObject(SPENT);
  let seen = 0;
  const streamed = small()
    .http.client.new()
    .stream(`${server.origin()}/large`, {}, (chunk) => {
      seen += chunk.length;
    });
  expect(await failureOf(streamed)).toMatchObject(SPENT);
  expect(seen).toBeLessThanOrEqual(LEFT);
  const all = await small().fetchAll(Array.from({ length: 8 }, () => `${server.origin()}/large`));
  for (const one of all) expect(one).toMatchObject(SPENT);
  const behind = small().http.client.new({ proxy: `http://proxy.test:${proxy.port}` });
  expect(await failureOf(behind.get(`${server.origin()}/large`).then((response) => response.bytes()))).toMatchObject(
    SPENT,
  );
  await until(() => server.connections.open <= 1);
  expect(received).toBe(0);
  expect(existsSync(folder.file('out'))).toBe(false);
});
