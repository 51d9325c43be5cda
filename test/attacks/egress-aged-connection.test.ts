/** A server that ends each connection at its second request has every request made twice: both are charged, and noted. */
import { expect, test } from 'vitest';
import { allowServer, testEgress } from '../helpers/egress.ts';
import { startRaw } from '../helpers/http-server.ts';
import { failureOf } from '../helpers/tcp-server.ts';

test('what is made again since its connection had died is charged as well', async () => {
  // The first of each connection is answered, and with any other the connection ends.
  const answered = new Set<unknown>();
  await using server = await startRaw((socket) => {
    if (answered.has(socket)) return void socket.destroy();
    answered.add(socket);
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
  });
  await using made = await testEgress();
  const { egress } = made;
  await allowServer(egress, server, { rate: '3/d' });
  const net = egress.net({ app: 'a' });
  const heads = () => server.heard.join('').split('\r\n\r\n').length - 1;
  expect(await (await net.fetch(server.origin())).text()).toBe('ok');
  expect(await (await net.fetch(server.origin())).text()).toBe('ok');
  expect(heads()).toBe(3);
  expect(await egress.journal({ limit: 9 })).toMatchObject([{ tries: 1 }, { tries: 2 }]);
  expect(await failureOf(net.fetch(server.origin()))).toMatchObject({ code: 'NET_RATE' });
  expect(heads()).toBe(3);
});
