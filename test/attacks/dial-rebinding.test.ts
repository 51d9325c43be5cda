/** Attack: a name answers with a harmless address when it is checked and with another when it is dialled. */
import { expect, it } from 'vitest';
import { asText, startTcp, testNet } from '../helpers/tcp-server.ts';

it('resolves a name once, and dials what that answer was vetted as', async () => {
  await using server = await startTcp();
  let asked = 0;
  const resolve = () => {
    asked += 1;
    return asked === 1 ? ['127.0.0.1'] : ['127.0.0.2'];
  };
  await using net = testNet({ resolve }, { allowNet: true, denyNet: ['127.0.0.2'] });
  const [socket, peer] = await Promise.all([net.tcp('api.test', server.port), server.accept()]);
  peer.end('harmless');
  expect(asText(await socket.recvAll())).toBe('harmless');
  expect(asked).toBe(1);
  expect(peer.localAddress).toBe('127.0.0.1');
});
