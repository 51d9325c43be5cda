/** A proxy would reach for a script what it may not: one of the environment, of a client's options, of a flag. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openEgress } from '../../src/egress/egress.ts';
import { caspian } from '../helpers/cli.ts';
import { allowServer, testEgress, watchDials } from '../helpers/egress.ts';
import { startHttp } from '../helpers/http-server.ts';
import { startConnectProxy, startSocksProxy } from '../helpers/proxy-server.ts';
import { failureOf } from '../helpers/tcp-server.ts';
import { echo, startSockets } from '../helpers/web-socket-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'egress-proxy-'));
const before = { ...process.env };
afterAll(() => {
  rmSync(folder, { recursive: true });
  for (const name of Object.keys(process.env)) if (before[name] === undefined) delete process.env[name];
});

function variables(url: string): Readonly<Record<string, string>> {
  const names = ['http_proxy', 'https_proxy', 'all_proxy', 'ws_proxy', 'wss_proxy', 'npm_config_proxy'];
  const both = names.flatMap((name) => [name, name.toUpperCase()]);
  return {
    ...Object.fromEntries(both.map((name) => [name, url])),
    NODE_USE_ENV_PROXY: '1',
    no_proxy: '',
    NO_PROXY: '',
  };
}

test('of the environment: nothing goes through it, in this process or another', async () => {
  await using proxy = await startConnectProxy();
  await using server = await startHttp((response) => response.end('direct'));
  await using secure = await startHttp((response) => response.end('direct'), 'good');
  await using sockets = await startSockets(echo);
  Object.assign(process.env, variables(`http://127.0.0.1:${proxy.port}`));
  await using made = await testEgress();
  const { egress } = made;
  for (const each of [server, secure, sockets]) await allowServer(egress, each);
  const net = egress.net({ app: 'a' });
  expect(await (await net.fetch(server.origin())).text()).toBe('direct');
  expect(await (await net.fetch(secure.origin())).text()).toBe('direct');
  await (await net.webSocket(`ws://api.test:${sockets.port}/`)).close();
  await (await net.eventSource(server.origin()).catch(() => null))?.close();
  // What is refused is not asked of a proxy either.
  expect(await failureOf(net.fetch('http://inside.test/'))).toMatchObject({ code: 'NET_HOST_NOT_ALLOWED' });
  const state = `sqlite:${join(folder, 'egress.db')}`;
  await using other = await openEgress({ state });
  await other.allow(`localhost:${server.port}`, { httpsOnly: false, allowAddresses: ['127.0.0.1', '::1'] });
  const script = `puts %net.fetch("http://localhost:${server.port}/").text`;
  const ran = await caspian([`--egress=${state}`, '--app=a', '-e', script]);
  expect(ran).toMatchObject({ code: 0, stdout: 'direct\n' });
  expect(proxy.accepted).toBe(0);
});

test('of a client, in either kind, also where the policy allows the proxy itself', async () => {
  await using http = await startConnectProxy();
  await using socks = await startSocksProxy();
  await using server = await startHttp();
  await using made = await testEgress();
  const { egress } = made;
  await allowServer(egress, server);
  for (const { port } of [http, socks]) await allowServer(egress, { port }, { host: 'proxy.test' });
  await egress.set('mode', 'open');
  const net = egress.net({ app: 'a' });
  using dials = watchDials();
  for (const url of [
    `http://proxy.test:${http.port}`,
    `socks5://proxy.test:${socks.port}`,
    `http://127.0.0.1:${http.port}`,
  ]) {
    for (const from of [net, net.narrow(['*'])]) {
      const named = (): unknown => from.http.client.new({ proxy: url });
      expect(named).toThrow(expect.objectContaining({ code: 'NET_HOST_NOT_ALLOWED' }));
    }
    const asked = Reflect.apply(net.fetch, net, [server.origin(), { proxy: url }]);
    expect(await failureOf(asked)).toMatchObject({ code: 'ARGUMENT' });
  }
  expect([http.accepted, socks.accepted, dials.count]).toEqual([0, 0, 0]);
});

test('of a flag beside --egress: refused, and nothing run', async () => {
  await using proxy = await startConnectProxy();
  const state = `sqlite:${join(folder, 'flag.db')}`;
  const ran = await caspian([`--egress=${state}`, '--app=a', `--proxy=http://127.0.0.1:${proxy.port}`, '-e', 'puts 1']);
  expect(ran).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--proxy can not stand beside') });
  await expect(openEgress(Object({ state: ':memory:', proxy: 'http://127.0.0.1:1' }))).rejects.toMatchObject({
    code: 'ARGUMENT',
  });
});
