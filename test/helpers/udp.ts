/** A UDP socket of Node's on the loopback interface, played by hand. */
import { createSocket } from 'node:dgram';
import { until } from './tcp-server.ts';

export interface UdpPeer extends AsyncDisposable {
  readonly port: number;
  /** What has come: the text and the sender's port. */
  readonly heard: readonly { readonly text: string; readonly port: number }[];
  /** Done when the system has taken the datagram. */
  send(data: Uint8Array | string, port: number, host?: string): Promise<void>;
  /** What is sent to groups goes to the network of this address. */
  toGroupsAt(address: string): void;
  /** The port of the one who sent the first datagram. */
  firstSender(): Promise<number>;
}

export async function udpPeer(family: 4 | 6 = 4): Promise<UdpPeer> {
  const socket = createSocket(family === 4 ? 'udp4' : 'udp6');
  const home = family === 4 ? '127.0.0.1' : '::1';
  const heard: { readonly text: string; readonly port: number }[] = [];
  socket.on('message', (bytes, { port }) => heard.push({ text: bytes.toString('latin1'), port }));
  await new Promise<void>((resolve) => socket.bind(0, home, resolve));
  return {
    port: socket.address().port,
    heard,
    send: (data, port, host = home) =>
      new Promise((resolve, reject) => {
        socket.send(data, port, host, (error) => (error ? reject(error) : resolve()));
      }),
    toGroupsAt: (address) => socket.setMulticastInterface(address),
    firstSender: async () => {
      await until(() => heard.length > 0, 'a datagram has come');
      return heard[0]?.port ?? 0;
    },
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(resolve)),
  };
}

/** How many UDP sockets this thread holds. */
export function openUdp(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'UDPWrap').length;
}
