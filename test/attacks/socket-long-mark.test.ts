/** Attack: look for a mark of megabytes in a stream that comes byte by byte, so that each byte costs the kernel megabytes. */
import { expect, it } from 'vitest';
import { MAX_MARK } from '../../src/net/socket/options.ts';
import { asText, failureOf, tcpPair } from '../helpers/tcp-server.ts';

it('takes marks of 4096 bytes and no longer ones', async () => {
  await using pair = await tcpPair();
  const { socket, peer } = pair;
  const mark = 'm'.repeat(MAX_MARK);
  peer.write(`before${mark}after`);
  const failure = await failureOf(socket.recvUntil(`${mark}m`, { max: 1_000_000 }));
  expect([failure.name, failure.message]).toEqual(['ArgumentError', 'recv_until: the mark must have 1 to 4096 bytes']);
  expect(asText(await socket.recvUntil(mark))).toBe(`before${mark}`);
  expect(asText(await socket.recvExact(5))).toBe('after');
});
