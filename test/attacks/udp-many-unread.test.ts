/** Attack: open many datagram sockets and let each of them fill up, to make the kernel hold what they hold together. */
import { createSocket } from 'node:dgram';
import { expect, it } from 'vitest';
import { listenNet } from '../helpers/listener.ts';
import { ServedLink, USER } from '../helpers/served-link.ts';

const SOCKETS = 100;
/** What all of a script may hold; each socket alone might hold 256 KiB. */
const TOGETHER = 16_777_216;
const PIECE = 60_000;

it('holds no more of a script than a bound for all of its sockets', { timeout: 60_000 }, async () => {
  await using net = listenNet();
  using link = new ServedLink(net);
  const sender = createSocket('udp4');
  const open: number[] = [];
  for (let n = 0; n < SOCKETS; n++) {
    const answer = await link.ask('net.udpListen', 0, '127.0.0.1', 0, {}, USER);
    if (answer.kind !== 'value') expect.unreachable(JSON.stringify(answer));
    const { handle, localPort } = Object(answer.value);
    open.push(handle);
    for (let sent = 0; sent < 6; sent++) {
      await new Promise<void>((resolve, reject) => {
        sender.send(Buffer.alloc(PIECE), localPort, '127.0.0.1', (error) => (error ? reject(error) : resolve()));
      });
    }
    // What has come by now is held, or was dropped.
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  const heldBy = async (handle: number): Promise<number> => {
    let held = 0;
    while ((await link.ask('udp.recv', handle, PIECE, 0.01)).kind === 'value') held += PIECE;
    return held;
  };
  let held = 0;
  for (const handle of open) held += await heldBy(handle);
  expect(held).toBeGreaterThan(TOGETHER / 2);
  expect(held).toBeLessThanOrEqual(TOGETHER);

  // What was read, or closed unread, makes room again.
  const [first = 0, ...others] = open;
  for (const handle of others) await link.ask('udp.close', handle);
  expect(await heldBy(first)).toBe(0);
  sender.close();
});

it('makes room again by reading and by closing', async () => {
  await using net = listenNet();
  using link = new ServedLink(net);
  const sender = createSocket('udp4');
  for (let round = 0; round < 400; round++) {
    const answer = await link.ask('net.udpListen', 0, '127.0.0.1', 0, {}, USER);
    if (answer.kind !== 'value') expect.unreachable(JSON.stringify(answer));
    const { handle, localPort } = Object(answer.value);
    for (let sent = 0; sent < 2; sent++) {
      await new Promise<void>((resolve, reject) => {
        sender.send(Buffer.alloc(PIECE), localPort, '127.0.0.1', (error) => (error ? reject(error) : resolve()));
      });
    }
    // One is read, the other is closed unread.
    expect((await link.ask('udp.recv', handle, 1, 5)).kind).toBe('value');
    await link.ask('net.select', 0, [handle], [], 5);
    await link.ask('udp.close', handle);
  }
  sender.close();
});
