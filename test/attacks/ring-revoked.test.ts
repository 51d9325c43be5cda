/** Attack: go on reading what lies in a ring, or sending through it, after the capability has ended or is used up. */
import { expect, it } from 'vitest';
import { inGuest, startGuest } from '../helpers/guest.ts';
import { readText, startTcp, testNet } from '../helpers/tcp-server.ts';

const FAILURE = `const failure = (run) => { try { return run(); } catch (error) { return error.code; } };`;

it.each([undefined, 64])('gives no byte of a ring after its net was revoked (rings of %s bytes)', async (ringBytes) => {
  await using server = await startTcp();
  await using net = testNet();
  const source = `${FAILURE}
    const small = net.narrow(['*']);
    const socket = small.tcp('api.test', data);
    const first = socket.recvExact(3).length;
    net.revoke(small);
    return [first, ...[() => socket.recv(3), () => socket.recvLine(), () => socket.recvExact(1), () => socket.recv(0),
      () => socket.send('x'), () => socket.sendAll('x')].map(failure)];`;
  const options = ringBytes === undefined ? {} : { ringBytes };
  const result = inGuest(net, source, { data: server.port, ...options });
  const peer = await server.accept();
  peer.write('secret\n');
  expect(await result).toEqual([3, ...Array(6).fill('NET_REVOKED')]);
});

it.each([
  ['for bytes', `socket.recv(1, { timeout: null })`],
  ['for a line', `socket.recvLine({ timeout: null })`],
  ['for room', `for (;;) socket.sendAll(new Uint8Array(1000000), { timeout: null })`],
])('wakes a script that waits %s', async (_name, call) => {
  await using server = await startTcp();
  await using net = testNet();
  const small = net.narrow(['*']);
  const { worker, result, closed } = startGuest(
    small,
    `${FAILURE} const socket = net.tcp('api.test', data); socket.sendAll('!'); return failure(() => { ${call} });`,
    { data: server.port },
  );
  const peer = await server.accept();
  await readText(peer, 1);
  peer.pause();
  // Whether it waits already makes no difference to what it has to be told.
  net.revoke(small);
  expect(await result).toBe('NET_REVOKED');
  await worker.terminate();
  await closed;
});

it('counts what passes through rings against the bytes that are left', async () => {
  await using server = await startTcp();
  await using net = testNet();
  const source = `${FAILURE}
    const read = net.narrow(['*'], { maxBytes: 10000 }).tcp('api.test', data);
    const got = failure(() => { for (;;) read.recv(1000); });
    const write = net.narrow(['*'], { maxBytes: 10000 }).tcp('api.test', data);
    const sent = failure(() => { for (;;) write.sendAll(new Uint8Array(1000)); });
    return [got, failure(() => read.recv(1)), failure(() => read.send('x')), sent, failure(() => write.sendAll('x'))];`;
  const result = inGuest(net, source, { data: server.port });
  const peer = await server.accept();
  peer.write(Buffer.alloc(20_000));
  (await server.accept()).resume();
  expect(await result).toEqual(Array(5).fill('NET_BUDGET'));
});
