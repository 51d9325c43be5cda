/** A library that is handed a client takes its secret to another host that the secret is for as well, or by a redirect. */
import { expect, test } from 'vitest';
import { allowServer, testEgress } from '../helpers/egress.ts';
import { startHttp } from '../helpers/http-server.ts';

const VALUE = 'sk_live_1';

test('a client’s secret goes where its credentials go, and nowhere else', async () => {
  await using server = await startHttp((response, { url, headers }) => {
    const port = String(headers.host).split(':')[1];
    if (url === '/away') response.writeHead(302, { location: `http://other.test:${port}/back` }).end();
    else if (url === '/back') response.writeHead(302, { location: `http://api.test:${port}/end` }).end();
    else response.end();
  });
  await using made = await testEgress();
  const { egress } = made;
  await allowServer(egress, server);
  await allowServer(egress, server, { host: 'other.test' });
  await egress.secrets.set('KEY', VALUE, { hosts: [`*.test:${server.port}`] });
  const net = egress.net({ app: 'a' });
  let looked = 0;
  const sent = () => {
    const fresh = server.seen.slice(looked);
    looked = server.seen.length;
    return fresh.map(({ headers }) => headers['authorization'] ?? headers['x-key'] ?? null);
  };
  const client = net.http.client.new({ auth: 'KEY', credentialsFor: [server.origin()] });
  await client.get(server.origin());
  await client.get(server.origin('other.test'));
  await client.jail('*.test').fetch(server.origin('other.test'));
  await client.jail('*.test').fetch(server.origin());
  expect(sent()).toEqual([`Bearer ${VALUE}`, null, null, `Bearer ${VALUE}`]);
  await client.get(`${server.origin()}/away`);
  expect(sent()).toEqual([`Bearer ${VALUE}`, null, null]);
  const based = net.http.client.new({ auth: { secret: 'KEY', as: 'header:X-Key' }, baseUrl: server.origin() });
  await based.get('/x');
  // What a request names itself goes wherever that is for.
  await net.fetch(`${server.origin()}/away`, { auth: 'KEY' });
  expect(sent()).toEqual([VALUE, ...Array(3).fill(`Bearer ${VALUE}`)]);
  expect(() => net.http.client.new({ auth: 'KEY' })).toThrow(expect.objectContaining({ code: 'ARGUMENT' }));
});
