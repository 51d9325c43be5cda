/** Attack: code that was handed a client with credentials has them sent to a host of its own. */
import { TLSSocket } from 'node:tls';
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { failureOf, testNet } from '../helpers/tcp-server.ts';
import { pemOf } from '../helpers/tls-server.ts';

const secrets = [
  { auth: { bearer: 'secret' } },
  { auth: { basic: ['me', 'secret'] as const } },
  { headers: { Authorization: 'secret' } },
  { headers: { COOKIE: 'secret' } },
  { clientCertPem: pemOf('client'), clientKeyPem: pemOf('client') },
];

it.each(secrets)('refuses to make a client whose credentials could go anywhere (%#)', async (options) => {
  await using net = testNet();
  expect(() => net.http.client.new(options)).toThrow(
    expect.objectContaining({ code: 'ARGUMENT', message: expect.stringContaining('where they may go') }),
  );
  expect(() => net.http.client.new({ ...options, credentialsFor: ['https://a.test/path'] })).toThrow('origin');
  expect(() => net.http.client.new({ ...options, credentialsFor: ['a.test'] })).toThrow('URL');
});

it('sends them to the origins that were named, and to no other', async () => {
  let to = '';
  await using server = await startHttp((response, { url }) => {
    if (url === '/away') response.writeHead(307, { location: to });
    response.end();
  });
  await using other = await startHttp();
  await using net = testNet();
  const client = net.http.client.new({
    auth: { bearer: 'secret' },
    headers: { cookie: 'secret', 'x-plain': 'yes' },
    credentialsFor: [server.origin(), server.origin('second.test')],
  });
  to = `${server.origin('evil.test')}/landed`;
  await client.get(server.origin());
  await client.get(server.origin('second.test'));
  await client.get(server.origin('evil.test'));
  await client.get(other.origin('api.test'));
  await client.get(server.origin('API.test.'), { headers: { 'x-plain': 'own' } });
  await client.get(`${server.origin()}/away`);
  const sent = [...server.seen, ...other.seen].map(({ headers, url }) => [
    headers.host?.split(':')[0],
    url,
    JSON.stringify(headers).includes('secret'),
    headers['x-plain'],
  ]);
  expect(sent).toEqual([
    ['api.test', '/', true, 'yes'],
    ['second.test', '/', true, 'yes'],
    ['evil.test', '/', false, 'yes'],
    // Another origin by the letter: a trailing dot makes another host header.
    ['api.test.', '/', false, 'own'],
    ['api.test', '/away', true, 'yes'],
    ['evil.test', '/landed', false, 'yes'],
    ['api.test', '/', false, 'yes'],
  ]);
});

it('refuses other origins of a client with a baseUrl, unless they are named', async () => {
  let to = '';
  await using server = await startHttp((response, { url }) => {
    if (url === '/v1/away') response.writeHead(307, { location: to });
    response.end();
  });
  await using net = testNet();
  const options = { baseUrl: `${server.origin()}/v1/`, auth: { bearer: 'secret' } };
  const client = net.http.client.new(options);
  await client.get('users');
  await client.get('/root');
  await client.get(`${server.origin()}/full`);
  expect(server.seen.map(({ url, headers }) => `${url} ${headers.authorization}`)).toEqual([
    '/v1/users Bearer secret',
    '/root Bearer secret',
    '/full Bearer secret',
  ]);
  to = server.origin('evil.test');
  const outside = [to, `//evil.test:${server.port}/`, `\\\\evil.test:${server.port}/`, 'away'];
  for (const url of outside) {
    const failure = await failureOf(client.get(url));
    expect([failure.name, failure.message], url).toEqual([
      'HostNotAllowedError',
      expect.stringContaining('for http://api.test'),
    ]);
  }
  expect((await failureOf(client.get('away'))).message).toContain('redirect 1');
  const named = net.http.client.new({ ...options, credentialsFor: [server.origin('second.test')] });
  await named.get(server.origin('second.test'));
  expect(server.seen.at(-1)?.headers.authorization).toBe('Bearer secret');
  client.allow = ['api.test', 'evil.test'];
  await client.get(server.origin('evil.test'));
  expect(server.seen.at(-1)?.headers.authorization).toBeUndefined();
  expect((await failureOf(client.get(server.origin('third.test')))).name).toBe('HostNotAllowedError');
});

it('shows its certificate to the origins that were named, and to no other', async () => {
  const shown: boolean[] = [];
  await using server = await startHttp(({ socket }, { url }) => {
    if (socket instanceof TLSSocket) shown.push(socket.getPeerX509Certificate() !== undefined);
    socket?.end(`HTTP/1.1 307 Moved\r\nLocation: ${url === '/away' ? server.origin('localhost') : '/'}\r\n\r\n`);
  }, 'good');
  await using net = testNet({ ca: pemOf('ca') });
  const pem = pemOf('client');
  const credentialsFor = [server.origin()];
  const client = net.http.client.new({ clientCertPem: pem, clientKeyPem: pem, credentialsFor, followRedirects: false });
  await client.get(server.origin());
  await net.fetch(server.origin(), { followRedirects: false });
  await client.get(server.origin('localhost'));
  expect(shown).toEqual([true, false, false]);
  const following = net.http.client.new({ clientCertPem: pem, clientKeyPem: pem, credentialsFor, maxRedirects: 1 });
  await failureOf(following.get(`${server.origin()}/away`));
  expect(shown).toEqual([true, false, false, true, false]);
});
