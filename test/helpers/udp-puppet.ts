/**
 * A datagram socket that answers what it gets, in upper case: how a contract plays the other end. `empty` is answered by
 * an empty datagram, `other` from a second port first.
 */
import { createSocket, type Socket } from 'node:dgram';

export interface UdpPuppet extends AsyncDisposable {
  readonly port: number;
  /** The second port, which answers likewise. */
  readonly other: number;
}

async function bind(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.on('error', () => {});
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return socket;
}

/** Letters alone: what is no text stays as it is. */
function upper(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte) => (byte >= 97 && byte <= 122 ? byte - 32 : byte)));
}

export async function startUdpPuppet(): Promise<UdpPuppet> {
  const [own, other] = [await bind(), await bind()];
  own.on('message', (bytes, { address, port }) => {
    const said = bytes.toString('latin1');
    const answer = (): void => own.send(said === 'empty' ? '' : upper(bytes), port, address);
    if (said === 'other') other.send('from elsewhere', port, address, answer);
    else answer();
  });
  other.on('message', (bytes, { address, port }) => other.send(upper(bytes), port, address));
  return {
    port: own.address().port,
    other: other.address().port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of [own, other]) await new Promise<void>((resolve) => socket.close(resolve));
    },
  };
}
