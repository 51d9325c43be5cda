/** Attack: a granted name is made to resolve to 0.0.0.0, so that a script serves every interface. */
import { expect, it } from 'vitest';
import { listenNet } from '../helpers/listener.ts';
import { failureOf } from '../helpers/tcp-server.ts';

it('listens at addresses alone; localhost is 127.0.0.1 whatever a resolver says', async () => {
  let asked = 0;
  const resolve = () => {
    asked += 1;
    return ['0.0.0.0'];
  };
  await using net = listenNet({ resolve }, { allowListen: ['inside.test:0', 'localhost:0'] });
  expect((await failureOf(net.tcpListen('inside.test', 0))).name).toBe('ArgumentError');
  await using listener = await net.tcpListen('localhost', 0);
  expect(listener.localHost).toBe('127.0.0.1');
  expect((await failureOf(net.tcpListen('0.0.0.0', 0))).name).toBe('HostNotAllowedError');
  expect(asked).toBe(0);
});
