/** Attack: a path that the grant reads in one way and the server in another. */
import { expect, it } from 'vitest';
import { failureOf, testNet } from '../helpers/tcp-server.ts';
import { echo, startSockets } from '../helpers/web-socket-server.ts';

it('sends the very path that was matched', async () => {
  await using server = await startSockets(echo);
  await using net = testNet();
  const small = net.narrow(['*'], { paths: ['/rooms/*'], methods: ['WEBSOCKET'] });
  await (await small.webSocket(server.url('/rooms/%61%2e%e2%82%ac?q=%61'))).close();
  expect(server.asked.map(({ url }) => url)).toEqual(['/rooms/a.%E2%82%AC?q=%61']);
  for (const path of [
    '/rooms/..%2fadmin',
    '/rooms/%2e%2e/admin',
    '/rooms/..;/admin',
    '/rooms\\..\\admin',
    '/Rooms/a',
  ]) {
    expect((await failureOf(small.webSocket(server.url(path)))).name).toBe('HostNotAllowedError');
  }
  expect(server.asked).toHaveLength(1);
});
