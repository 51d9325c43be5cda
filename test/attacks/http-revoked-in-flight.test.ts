/** Attack: go on using the network after the capability was taken back, by way of a request that had begun before. */
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { failureOf, testNet, until } from '../helpers/tcp-server.ts';

it('ends a request that waits for its response', async () => {
  await using server = await startHttp(() => {});
  await using net = testNet();
  const small = net.narrow(['*']);
  const waiting = [small, small.narrow(['*'])].map((one) => failureOf(one.fetch(server.origin(), { timeout: null })));
  const other = failureOf(net.fetch(server.origin(), { timeout: null }));
  await until(() => server.seen.length === 3);
  net.revoke(small);
  expect((await Promise.all(waiting)).map(({ name }) => name)).toEqual(['RevokedError', 'RevokedError']);
  await until(() => server.connections.open === 1);
  await net.close();
  expect((await other).name).toBe('RevokedError');
});

it('ends a body that is being read', async () => {
  await using server = await startHttp((response) => {
    response.writeHead(200, { 'content-length': 1_000_000 });
    response.write('hello');
  });
  await using net = testNet();
  const small = net.narrow(['*']);
  const response = await small.fetch(server.origin());
  expect(await response.read()).toEqual(new Uint8Array(Buffer.from('hello')));
  const next = failureOf(response.read());
  net.revoke(small);
  expect((await next).name).toBe('RevokedError');
  await until(() => server.connections.open === 0);
});

it('ends a redirect between two hops', async () => {
  await using net = testNet();
  const small = net.narrow(['*']);
  await using server = await startHttp((response, { url }) => {
    if (url === '/from') net.revoke(small);
    response.writeHead(302, { location: '/to' }).end();
  });
  expect((await failureOf(small.fetch(`${server.origin()}/from`))).name).toBe('RevokedError');
  expect(server.seen.map(({ url }) => url)).toEqual(['/from']);
});
