/** A server that is allowed and sends the call on to where it may not go: no packet leaves for there. */
import { expect, test } from 'vitest';
import { allowServer, testEgress } from '../helpers/egress.ts';
import { startHttp } from '../helpers/http-server.ts';
import { failureOf, startTcp } from '../helpers/tcp-server.ts';

const PLACES = [
  ['http://127.0.0.1:PORT/', 'NET_HOST_NOT_ALLOWED'],
  ['http://0x7f.1:PORT/', 'NET_HOST_NOT_ALLOWED'],
  ['//127.1:PORT/', 'NET_HOST_NOT_ALLOWED'],
  ['\\\\127.0.0.1:PORT\\', 'NET_HOST_NOT_ALLOWED'],
  ['http://[::ffff:127.0.0.1]:PORT/', 'NET_HOST_NOT_ALLOWED'],
  ['http://inside.test:PORT/', 'NET_ADDRESS_NOT_ALLOWED'],
  ['http://api.test@inside.test:PORT/', 'NET_ADDRESS_NOT_ALLOWED'],
  ['http://unknown.test:PORT/', 'NET_HOST_NOT_ALLOWED'],
  ['file:///etc/passwd', 'NET_PROTOCOL'],
  ['gopher://127.0.0.1:PORT/_x', 'NET_PROTOCOL'],
] as const;

test.each(PLACES)('to %s', async (place, code) => {
  await using inside = await startTcp();
  await using server = await startHttp((response) => {
    response.writeHead(302, { location: place.replace('PORT', String(inside.port)) }).end();
  });
  await using made = await testEgress();
  const { egress } = made;
  await allowServer(egress, server);
  // Allowed by name, and its address is opened for nobody.
  await egress.allow('inside.test:*', { httpsOnly: false });
  expect((await failureOf(egress.net({ app: 'a' }).fetch(server.origin()))).code).toBe(code);
  expect(inside.accepted).toBe(0);
});
