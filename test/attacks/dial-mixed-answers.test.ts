/** Attack: denied addresses among harmless ones, so that one of them is dialled if the first can't be reached. */
import { expect, it } from 'vitest';
import { failureOf, startTcp, testNet } from '../helpers/tcp-server.ts';

const ALLOWED = ['127.0.0.1', '::1'];
const DENIED = ['127.0.0.2', '::ffff:127.0.0.3', '127.0.0.1%lo', 'localhost', '0x7f.1', '127.1', ''];
const rules = { allowNet: true, denyNet: ['127.0.0.2/31'] } as const;

it('drops the denied and the unreadable, wherever they stand', async () => {
  await using server = await startTcp('0.0.0.0');
  await using net = testNet({ resolve: () => [...DENIED, '127.0.0.1', ...DENIED] }, rules);
  const [socket, peer] = await Promise.all([net.tcp('api.test', server.port), server.accept()]);
  expect(peer.localAddress).toBe('127.0.0.1');
  await socket.close();
});

it('fails with the harmless one rather than try a denied one', async () => {
  await using server = await startTcp('127.0.0.2');
  await using net = testNet({ resolve: () => [...ALLOWED, '127.0.0.2'] }, rules);
  const failure = await failureOf(net.tcp('api.test', server.port));
  expect(failure.name).toBe('ConnectionRefusedError');
  expect(server.accepted).toBe(0);
});
