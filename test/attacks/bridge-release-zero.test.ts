/** Attack: give back the link's own net, so that the host's closes or that another thing gets its number. */
import { expect, it } from 'vitest';
import { ServedLink, USER } from '../helpers/served-link.ts';
import { startTcp, testNet } from '../helpers/tcp-server.ts';

it('ends the net for that script alone', async () => {
  await using server = await startTcp();
  await using net = testNet();
  using link = new ServedLink(net);
  using other = new ServedLink(net);
  const narrowed = await link.handle('net.narrow', 0, ['api.test'], {}, USER);
  expect(await link.ask('release', 0)).toEqual({ kind: 'value', value: null });
  expect(await link.ask('net.tcp', 0, 'api.test', server.port, {}, USER)).toMatchObject({ name: 'SocketError' });
  expect(await link.ask('net.client', 0, {})).toMatchObject({ name: 'SocketError' });
  expect(await link.ask('release', 0)).toEqual({ kind: 'value', value: null });
  // Nothing new gets the number.
  expect(await link.handle('net.client', narrowed, {})).toBeGreaterThan(narrowed);
  // What was narrowed from it is as it was, and so is everybody else's.
  expect(await link.ask('net.allowed', narrowed, 'api.test', 1)).toEqual({ kind: 'value', value: true });
  expect(await other.ask('net.allowed', 0, 'api.test', 1)).toEqual({ kind: 'value', value: true });
  expect(net.allowed('api.test', 1)).toBe(true);
});

it('takes the release of what is not there for nothing', async () => {
  await using net = testNet();
  using link = new ServedLink(net);
  for (const handle of [-1, 5, 2 ** 31 - 1, -(2 ** 31)]) {
    expect(await link.ask('release', handle)).toEqual({ kind: 'value', value: null });
  }
  expect(await link.ask('net.allowed', 0, 'api.test', 1)).toEqual({ kind: 'value', value: true });
});
