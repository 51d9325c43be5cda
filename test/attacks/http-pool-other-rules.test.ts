/** Attack: ride a connection that another capability has opened to an address which one's own rules deny. */
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { failureOf, testNet } from '../helpers/tcp-server.ts';

it('lends no connection to a capability that could not have opened it', async () => {
  await using server = await startHttp((response) => response.end('x'));
  await using net = testNet();
  await (await net.fetch(server.origin())).bytes();
  const careful = net.narrow(['*'], { deny: ['loopback'] });
  expect((await failureOf(careful.fetch(server.origin()))).name).toBe('AddressNotAllowedError');
  const elsewhere = net.narrow(['*'], { deny: ['127.0.0.2'] });
  await (await elsewhere.fetch(server.origin())).bytes();
  expect(server.connections.accepted).toBe(1);
  const other = net.narrow(['other.test']);
  expect((await failureOf(other.fetch(server.origin()))).name).toBe('HostNotAllowedError');
  expect(server.seen).toHaveLength(2);
});

it('dials anew where the name also stands for an address that may be used', async () => {
  await using server = await startHttp((response) => response.end('x'));
  let answers = ['127.0.0.1'];
  await using net = testNet({ resolve: () => answers });
  await (await net.fetch(server.origin())).bytes();
  answers = ['127.0.0.1', '::ffff:127.0.0.1', '127.0.0.1'];
  const careful = net.narrow(['*'], { deny: ['127.0.0.1'] });
  expect((await failureOf(careful.fetch(server.origin()))).name).toBe('AddressNotAllowedError');
});

it('lends none to a capability that has ended', async () => {
  await using server = await startHttp((response) => response.end('x'));
  await using net = testNet();
  const small = net.narrow(['*']);
  await (await small.fetch(server.origin())).bytes();
  net.revoke(small);
  expect((await failureOf(small.fetch(server.origin()))).name).toBe('RevokedError');
  await (await net.fetch(server.origin())).bytes();
  expect(server.connections.accepted).toBe(1);
});
