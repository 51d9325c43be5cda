/** A capability whose bytes are counted shares a connection with others, where nobody can tell whose bytes they are. */
import { expect, it } from 'vitest';
import { startHttp2 } from '../helpers/http2-server.ts';
import { failureOf, testNet } from '../helpers/tcp-server.ts';
import { pemOf } from '../helpers/tls-server.ts';

it('has a connection of its own, and pays for it', async () => {
  await using server = await startHttp2((_request, response) => response.end(Buffer.alloc(50_000)), { http1: true });
  await using net = testNet({ ca: pemOf('ca') });
  const counted = net.narrow(['*'], { maxBytes: 80_000 });
  expect((await (await net.fetch(server.origin())).bytes()).length).toBe(50_000);
  const response = await counted.fetch(server.origin());
  expect(response.httpVersion).toBe('1.1');
  await response.bytes();
  const again = async () => (await counted.fetch(server.origin())).bytes();
  expect(await failureOf(again())).toMatchObject({ code: 'NET_BUDGET' });
  expect((await net.fetch(server.origin())).httpVersion).toBe('2');
});
