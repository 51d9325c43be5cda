/** A guest that asks for a gigabyte in one read: refused at the door, before the host keeps any of it. */
import { afterAll, expect, it } from 'vitest';
import { Grants } from '../../src/net/grants/grants.ts';
import { openNet } from '../../src/net/net.ts';
import { startHttp } from '../helpers/http-server.ts';
import { openSandbox } from '../helpers/isolates.ts';

const sandbox = openSandbox();
afterAll(() => sandbox.shutdown());

it.each([
  'recv(2 ** 30)',
  'recvExact(2 ** 30)',
  'recvAll({ max: 2 ** 30 })',
  'recvLine({ max: 2 ** 30 })',
  `recvUntil('x', { max: 2 ** 30 })`,
])('%s', async (call) => {
  await using server = await startHttp();
  await using net = openNet(Grants.parse({ allowNet: ['127.0.0.1'] }));
  const guest = await sandbox.createIsolate({ net });
  const told = await guest.evaluate(
    `const s = net.tcp('127.0.0.1', ${server.port}); let r; try { s.${call} } catch (e) { r = [e.code, e.message] } s.close(); r`,
    { timeout: 15 },
  );
  expect(told).toEqual(['ARGUMENT', expect.stringContaining('at most 8388608 bytes at once in an isolate')]);
  guest.destroy();
});

it('an answer that nobody waits for any more gives its body back', async () => {
  let end: () => void = () => {};
  await using server = await startHttp((response) => {
    end = () => response.end(Buffer.alloc(1_000_000));
  });
  await using net = openNet(Grants.parse({ allowNet: ['127.0.0.1'] }));
  const guest = await sandbox.createIsolate({ net });
  const source = `const c = new AbortController();
    const f = fetch('http://127.0.0.1:${server.port}/', { signal: c.signal }).catch((e) => e.name);
    await NETWORK.request('asked'); c.abort(); await f`;
  guest.onRequest('asked', async () => {
    await expect.poll(() => server.seen.length).toBe(1);
  });
  expect(await guest.evaluate(source, { timeout: 15 })).toBe('AbortError');
  end();
  await expect.poll(() => server.connections.open).toBe(0);
  guest.destroy();
});
