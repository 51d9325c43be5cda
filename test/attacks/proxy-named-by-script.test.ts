/** A script names a proxy to go round its grant: an ungranted one, one for an ungranted target, one under bounds of HTTP. */
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { startConnectProxy } from '../helpers/proxy-server.ts';
import { failureOf, testNet } from '../helpers/tcp-server.ts';

it('reaches nothing that it could not reach without', async () => {
  await using proxy = await startConnectProxy();
  await using server = await startHttp();
  const url = `http://proxy.test:${proxy.port}`;
  await using net = testNet({}, { allowNet: ['proxy.test', 'api.test'] });
  const name =
    (from: typeof net, option = url) =>
    () =>
      from.http.client.new({ proxy: option });
  const refused = expect.objectContaining({ code: 'NET_HOST_NOT_ALLOWED' });
  expect(name(net, 'http://other.test:1')).toThrow(refused);
  expect(name(net.narrow(['api.test']))).toThrow(refused);
  // A CONNECT is no GET of a granted path.
  for (const bounds of [{ methods: ['GET'] }, { paths: ['/v1/*'] }, { httpsOnly: true }, { raw: false }]) {
    expect(name(net.narrow(['*'], bounds)), JSON.stringify(bounds)).toThrow(refused);
  }
  expect(name(net.narrow(['*'], { deny: ['private'] }))).toThrow(refused);
  const client = net.http.client.new({ proxy: url });
  expect(await failureOf(client.get('http://other.test/'))).toMatchObject({ code: 'NET_HOST_NOT_ALLOWED' });
  expect(await failureOf(Reflect.apply(client.get, client, [server.origin(), { proxy: url }]))).toMatchObject({
    code: 'ARGUMENT',
  });
  expect(proxy.asked).toEqual([]);
  const small = net.narrow(['*']);
  const passing = small.http.client.new({ proxy: url });
  await (await passing.get(server.origin())).bytes();
  net.revoke(small);
  expect(await failureOf(passing.get(server.origin()))).toMatchObject({ code: 'NET_REVOKED' });
});
