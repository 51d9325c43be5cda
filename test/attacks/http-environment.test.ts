/** Attack (or accident): the environment names a proxy, another parser, other roots. None of it may change a request. */
import { expect, it } from 'vitest';
import { startHttp, startRaw } from '../helpers/http-server.ts';
import { failureOf, testNet } from '../helpers/tcp-server.ts';
import { pemOf } from '../helpers/tls-server.ts';

// Before anything of undici is loaded: it reads some of these when it is.
Object.assign(process.env, {
  UNDICI_USE_MILO: '1',
  UNDICI_NO_WASM_SIMD: '1',
  HTTP_PROXY: 'http://127.0.0.1:1/',
  http_proxy: 'http://127.0.0.1:1/',
  HTTPS_PROXY: 'http://127.0.0.1:1/',
  https_proxy: 'http://127.0.0.1:1/',
  ALL_PROXY: 'http://127.0.0.1:1/',
  NODE_USE_ENV_PROXY: '1',
  NODE_TLS_REJECT_UNAUTHORIZED: '0',
  NODE_EXTRA_CA_CERTS: '/nonexistent',
});

it('goes to the server itself, by the same parser', async () => {
  await using server = await startRaw((socket) => {
    socket.end('HTTP/1.0 200 OK\r\n\r\nuntil the end');
  });
  await using net = testNet();
  const response = await net.fetch(server.origin());
  expect([response.httpVersion, await response.text()]).toEqual(['1.0', 'until the end']);
});

it('verifies certificates', async () => {
  await using server = await startHttp((response) => response.end('x'), 'self-signed');
  await using net = testNet();
  expect((await failureOf(net.fetch(server.origin()))).name).toBe('TlsError');
  await using good = await startHttp((response) => response.end('x'), 'good');
  await using trusting = testNet({ ca: pemOf('ca') });
  expect(await (await trusting.fetch(good.origin())).text()).toBe('x');
});
