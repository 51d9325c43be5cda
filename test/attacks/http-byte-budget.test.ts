/** Attack: move more bytes over HTTP than a capability has left: in one body, in headers, on another's connection. */
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { failureOf, testNet, until } from '../helpers/tcp-server.ts';
import { pemOf } from '../helpers/tls-server.ts';

it('ends a response that is larger than what is left, while it comes', async () => {
  await using server = await startHttp((response) => response.end(Buffer.alloc(4 * 2 ** 20)));
  await using net = testNet();
  const small = net.narrow(['*'], { maxBytes: 1_000_000 });
  let read = 0;
  const reading = async () => {
    for await (const piece of await small.fetch(server.origin())) read += piece.length;
  };
  expect((await failureOf(reading())).name).toBe('BudgetExhaustedError');
  expect(read).toBeLessThanOrEqual(1_000_000);
  await until(() => server.connections.open === 0);
  expect((await failureOf(small.fetch(server.origin()))).name).toBe('BudgetExhaustedError');
});

it('ends a request that is larger than what is left, before it has left', async () => {
  await using server = await startHttp();
  await using net = testNet();
  const small = net.narrow(['*'], { maxBytes: 20_000 });
  const body = Buffer.alloc(10_000_000);
  expect((await failureOf(small.fetch(server.origin(), { method: 'POST', body }))).name).toBe('BudgetExhaustedError');
  expect(server.seen).toEqual([]);
});

it('charges who borrows a connection, not who opened it', async () => {
  await using server = await startHttp((response) => response.end(Buffer.alloc(50_000)));
  await using net = testNet();
  const [rich, poor] = [net.narrow(['*'], { maxBytes: 1_000_000 }), net.narrow(['*'], { maxBytes: 30_000 })];
  const read = async (from: typeof net) => (await from.fetch(server.origin())).bytes();
  await read(net);
  await read(rich);
  expect((await failureOf(read(poor))).name).toBe('BudgetExhaustedError');
  for (let turn = 0; turn < 18; turn++) await read(rich);
  expect((await failureOf(read(rich))).name).toBe('BudgetExhaustedError');
  await read(net);
});

it('counts both directions, headers and what TLS adds', async () => {
  await using server = await startHttp((response) => response.end('x'), 'good');
  await using net = testNet({ ca: pemOf('ca') });
  const tiny = net.narrow(['*'], { maxBytes: 1_000 });
  expect((await failureOf(tiny.fetch(server.origin()))).name).toBe('BudgetExhaustedError');
  await (await net.fetch(server.origin())).bytes();
  // The handshake has been paid for by another: only the request and its response are left to pay.
  const response = await tiny
    .narrow(['*'])
    .fetch(server.origin())
    .then(
      () => 'went well',
      (error: Error) => error.name,
    );
  expect(response).toBe('BudgetExhaustedError');
  const modest = net.narrow(['*'], { maxBytes: 1_000 });
  expect((await (await modest.fetch(server.origin())).bytes()).length).toBe(1);
});
