/** Many calls at the very moment when something is taken away: not one of them goes by what held before. */
import { expect, test } from 'vitest';
import { allowServer, testEgress } from '../helpers/egress.ts';
import { startHttp } from '../helpers/http-server.ts';

test('a secret that is gone, an entry that is gone, a host that is denied', async () => {
  await using server = await startHttp();
  await using made = await testEgress();
  const { egress } = made;
  await egress.set('app_rate', '100000/min');
  await egress.set('total_rate', '100000/min');
  const rule = `api.test:${server.port}`;
  const many = async () => {
    const asked = Array.from({ length: 10 }, () => egress.net({ app: 'a' }).fetch(server.origin(), { auth: 'KEY' }));
    const ended = await Promise.allSettled(asked);
    return new Set(ended.map((one) => (one.status === 'fulfilled' ? 'went' : Reflect.get(Object(one.reason), 'code'))));
  };
  for (let round = 0; round < 5; round++) {
    await allowServer(egress, server);
    await egress.secrets.set('KEY', 'v', { hosts: [rule] });
    expect(await many()).toEqual(new Set(['went']));
    await egress.secrets.remove('KEY');
    expect(await many()).toEqual(new Set(['NET_AUTH']));
    await egress.secrets.set('KEY', 'v', { hosts: [rule] });
    await egress.deny(rule);
    expect(await many()).toEqual(new Set(['NET_HOST_NOT_ALLOWED']));
    await egress.remove('deny', rule);
    expect(await many()).toEqual(new Set(['went']));
    await egress.remove('allow', rule);
    expect(await many()).toEqual(new Set(['NET_HOST_NOT_ALLOWED']));
  }
});
