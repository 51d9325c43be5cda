/** The launcher's proxy is gone round: by a script that names another, by what is not granted, by a variable of the environment. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { caspian } from '../helpers/cli.ts';
import { type HttpServer, startHttp } from '../helpers/http-server.ts';
import { type ProxyServer, startConnectProxy } from '../helpers/proxy-server.ts';

let server: HttpServer;
let proxy: ProxyServer;

beforeAll(async () => {
  server = await startHttp((response) => response.end('reached'));
  proxy = await startConnectProxy();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
});

it('carries what the script fetches, and takes no other beside it', async () => {
  const url = `http://127.0.0.1:${server.port}`;
  const code = `puts %net.fetch('${url}').text
$error = catch() %net.http.client.new(proxy: 'http://127.0.0.1:1') end
puts $error.code`;
  const ran = await caspian([
    `--allow-net=127.0.0.1:${server.port},127.0.0.1:${proxy.port}`,
    `--proxy=http://127.0.0.1:${proxy.port}`,
    '-e',
    code,
  ]);
  expect(ran).toEqual({ stdout: 'reached\nARGUMENT\n', stderr: '', code: 0, signal: null });
  expect(proxy.asked.map(({ target }) => target)).toEqual([`127.0.0.1:${server.port}`]);
});

it.each([
  ['http://127.0.0.1:1', 'no grant covers'],
  ['ftp://127.0.0.1:1', 'proxy must be like'],
  ['http://me:s3cret@', 'proxy must be like'],
])('refuses %s before anything runs', async (named, said) => {
  const ran = await caspian(['--allow-net=example.com', `--proxy=${named}`, '-e', 'puts 1']);
  expect([ran.code, ran.stdout]).toEqual([2, '']);
  expect(ran.stderr).toContain(said);
  expect(ran.stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(ran.stderr).not.toContain('s3cret');
});
