/** A name that is granted leads to a denied address, by a proxy that looks it up where nobody vets. */
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { startConnectProxy, startSocksProxy } from '../helpers/proxy-server.ts';
import { failureOf, testNet } from '../helpers/tcp-server.ts';
import { pemOf } from '../helpers/tls-server.ts';

it.each([
  ['http', startConnectProxy],
  ['socks5', startSocksProxy],
] as const)('gives a proxy the address that was vetted, and no name: %s', async (scheme, start) => {
  await using proxy = await start();
  await using server = await startHttp((response, { headers }) => response.end(headers.host), 'good');
  const looked: string[] = [];
  const resolve = (host: string): readonly string[] => {
    looked.push(host);
    return host === 'evil.test' ? ['169.254.169.254'] : ['127.0.0.1'];
  };
  await using net = testNet(
    { proxy: `${scheme}://proxy.test:${proxy.port}`, resolve, ca: pemOf('ca') },
    { allowNet: true, denyNet: ['metadata', '10.0.0.0/8'] },
  );
  expect(await (await net.fetch(server.origin())).text()).toBe(`api.test:${server.port}`);
  expect(await failureOf(net.fetch('https://evil.test/'))).toMatchObject({ code: 'NET_ADDRESS_NOT_ALLOWED' });
  expect(await failureOf(net.fetch('http://10.0.0.1/'))).toMatchObject({ code: 'NET_HOST_NOT_ALLOWED' });
  expect(proxy.asked.map(({ target }) => target)).toEqual([`127.0.0.1:${server.port}`]);
  // One that was opened by name is not lent to who needs an address.
  await using open = testNet({ proxy: `${scheme}://proxy.test:${proxy.port}`, ca: pemOf('ca') });
  await (await open.fetch(server.origin())).bytes();
  const denying = open.narrow(['*'], { deny: ['10.0.0.0/8'] });
  await (await denying.fetch(server.origin())).bytes();
  expect(proxy.asked.map(({ target }) => target).slice(1)).toEqual([
    `api.test:${server.port}`,
    `127.0.0.1:${server.port}`,
  ]);
});
