/**
 * Attack: a guest asks for many sockets at once, so that there is room for each while it is asked for and not when it is
 * there, to keep those for which there is none open for as long as its host's net is.
 */
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { NetSession } from '../../src/isolate/host/net-session.ts';
import { MAX_HANDLES } from '../../src/net/serve/handles.ts';
import { USER } from '../helpers/served-link.ts';
import { testNet, until } from '../helpers/tcp-server.ts';

/** That there is room for at the end. */
const ROOM = 4;

test('what there is no room for any more is closed', async () => {
  let open = 0;
  await using server = createServer((socket) => {
    open += 1;
    socket
      .on('error', () => {})
      .on('close', () => {
        open -= 1;
      });
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: MAX_HANDLES }, resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : null;
  await using net = testNet();
  const session = new NetSession(net);
  const connect = () => session.callNamed('net.tcp', 0, 'a.test', port ?? 0, {}, USER);
  const atOnce = async (count: number) =>
    (await Promise.all(Array.from({ length: count }, connect))).map(({ well }) => well);
  expect(await atOnce(MAX_HANDLES - ROOM)).not.toContain(false);
  expect((await atOnce(50)).filter((well) => well)).toHaveLength(ROOM);
  await until(() => open === MAX_HANDLES, 'those that were refused are closed');
  session.close();
  await until(() => open === 0, 'what was held is closed');
});
