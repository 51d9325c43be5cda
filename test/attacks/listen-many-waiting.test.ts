/** Attack: open many listeners with long queues and let the world fill them, to use up the kernel's descriptors. */
import { expect, it } from 'vitest';
import { type Caller, call, callTls, listenNet, SERVER_TLS } from '../helpers/listener.ts';
import { ServedLink, USER } from '../helpers/served-link.ts';
import { until } from '../helpers/tcp-server.ts';

async function listener(link: ServedLink, options = {}): Promise<{ handle: number; localPort: number }> {
  const answer = await link.ask('net.tcpListen', 0, '127.0.0.1', 0, { backlog: 60_000, ...options }, USER);
  if (answer.kind !== 'value') expect.unreachable(JSON.stringify(answer));
  return Object(answer.value);
}

const turnedAway = (callers: readonly Caller[]): number => callers.filter(({ over }) => over !== null).length;

it('keeps no more waiting than a bound for all listeners, four times the handles', async () => {
  await using net = listenNet();
  using link = new ServedLink(net, { maxHandles: 3 });
  const [one, two] = [await listener(link), await listener(link)];
  await using stack = new AsyncDisposableStack();
  const callers: Caller[] = [];
  for (let n = 0; n < 20; n++) callers.push(stack.use(await call(n % 2 === 0 ? one.localPort : two.localPort)));
  await until(() => turnedAway(callers) === 8, 'those beyond are reset');

  // Whoever is accepted makes room.
  await link.handle('listener.accept', one.handle, 5);
  const later = [stack.use(await call(two.localPort)), stack.use(await call(two.localPort))];
  await until(() => turnedAway(later) === 1, 'one fits in');
  // A listener that is closed gives up what waits for it.
  await link.ask('listener.close', two.handle);
  await until(() => turnedAway(callers) > 8, 'its peers are reset');
  const again = [];
  for (let n = 0; n < 6; n++) again.push(stack.use(await call(one.localPort)));
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(turnedAway(again)).toBe(0);
});

it('lets a finished handshake take the place of one that is not', async () => {
  await using net = listenNet();
  using link = new ServedLink(net, { maxHandles: 1 });
  const { localPort, handle } = await listener(link, { tls: SERVER_TLS });
  await using stack = new AsyncDisposableStack();
  const silent: Caller[] = [];
  for (let n = 0; n < 4; n++) silent.push(stack.use(await call(localPort)));
  const honest = stack.use(await callTls(localPort));
  expect(honest.over).toBeNull();
  await until(() => turnedAway(silent) === 1, 'the oldest has gone');
  expect(handle).toBe(1);
});
