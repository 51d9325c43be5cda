/**
 * A socket of the system's for datagrams of one family, from its opening to its end. Trusted side; it sends to vetted
 * addresses and to nothing else.
 */
import type { Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { type IpAddress, parseIp } from '../address/ip.ts';
import type { VettedAddress } from '../address/vetted.ts';
import { type Bounds, runStep } from './deadline.ts';
import { openDatagrams, sendDatagram } from './powers.ts';
import { type ResolveFor, resolveTarget } from './resolve.ts';
import { translate } from './translate.ts';

export interface LegAt {
  readonly family: 4 | 6;
  /** Null for every interface. */
  readonly address: IpAddress | null;
  /** 0 for one that the system picks. */
  readonly port: number;
  /** IPv6 that takes IPv4 as well. */
  readonly dual: boolean;
}

/**
 * As resolveTarget. SECURITY: the system sends what is for the unspecified address to loopback, so loopback is what is
 * vetted then, and what is sent to (test/attacks/udp-unspecified.test.ts).
 */
export async function resolveDatagramTarget(ask: ResolveFor, bounds: Bounds): Promise<readonly VettedAddress[]> {
  const found = await resolveTarget(ask, bounds);
  return found.flatMap((address) => {
    if (address.words.some((word) => word !== 0)) return [address];
    return ask.capability.vet(ask.target, [address.family === 4 ? '127.0.0.1' : '::1'], ask.by);
  });
}

/** As the system calls the network of one of its addresses: IPv4 by the address itself, IPv6 by the interface's name. */
function interfaceName(at: IpAddress): string {
  if (at.family === 4) return at.text;
  const found = Object.entries(networkInterfaces()).find(([, all]) =>
    all?.some(({ address }) => parseIp(address)?.text === at.text),
  );
  // As the system says of an IPv4 address that is not its own.
  if (found === undefined) throw Object.assign(new Error('no such interface'), { code: 'ENODEV' });
  return `::%${found[0]}`;
}

export class DatagramLeg {
  readonly socket: Socket;
  readonly family: 4 | 6;
  readonly #dual: boolean;
  #closed = false;

  private constructor(socket: Socket, { family, dual }: LegAt) {
    this.socket = socket;
    this.family = family;
    this.#dual = dual;
  }

  /** Opens and binds. Raises SocketError with the system's code, or LimitReachedError. */
  static open(at: LegAt, bounds: Bounds): Promise<DatagramLeg> {
    return runStep<DatagramLeg>(bounds, ({ done, failed }) => {
      const socket = openDatagrams(at.family, at);
      const leg = new DatagramLeg(socket, at);
      socket.once('error', (error) => {
        leg.close();
        failed(translate(error, { ...bounds.about, phase: 'connect' }));
      });
      socket.once('listening', () => {
        socket.removeAllListeners('error');
        // An error that nobody listens for would end the process.
        socket.on('error', () => {});
        done(leg);
      });
      socket.bind({
        address: at.address?.text ?? (at.family === 4 ? '0.0.0.0' : '::'),
        port: at.port,
        exclusive: true,
      });
      return () => leg.close();
    });
  }

  /** From now on this peer alone is heard and sent to; that nobody listens there is told. */
  async connect(address: VettedAddress, port: number, bounds: Bounds): Promise<void> {
    try {
      await runStep<void>(bounds, ({ done, failed }) => {
        const fail = (error: unknown): void => failed(translate(error, { ...bounds.about, phase: 'connect' }));
        this.socket.once('error', fail);
        this.socket.once('connect', () => {
          this.socket.off('error', fail);
          done();
        });
        this.socket.connect(port, address.text);
        return () => {};
      });
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Whether datagrams to this address can go out here. */
  reaches({ family }: IpAddress): boolean {
    return family === this.family || (this.#dual && family === 4);
  }

  /** Sends one datagram; null: to the peer. */
  send(bytes: Uint8Array, to: { readonly address: VettedAddress; readonly port: number } | null, bounds: Bounds) {
    return runStep<void>(bounds, ({ done, failed }) => {
      const mapped = to !== null && this.family === 6 && to.address.family === 4;
      sendDatagram(this.socket, bytes, to === null ? null : { ...to, mapped }, (error) => {
        if (error) failed(translate(error, { ...bounds.about, phase: 'write' }));
        else done();
      });
      return () => {};
    });
  }

  /** Joins or leaves a group at the network of an address of this machine; null: the system's choice. Raises. */
  membership(action: 'join' | 'leave', group: IpAddress, at: IpAddress | null): void {
    const where = at === null ? undefined : interfaceName(at);
    if (action === 'join') this.socket.addMembership(group.text, where);
    else this.socket.dropMembership(group.text, where);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.socket.close();
  }
}
