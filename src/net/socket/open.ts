/**
 * How sockets of every kind are opened: options are read, the capability is asked, and what it has permitted is dialled or
 * bound. Trusted side.
 */
import { parseIp } from '../address/ip.ts';
import type { Place } from '../address/target.ts';
import type { Capability } from '../capability.ts';
import type { Clock } from '../clock.ts';
import type { BoundedContext, CallContext, ConnectContext } from '../context.ts';
import { DatagramLeg, resolveDatagramTarget } from '../dial/datagrams.ts';
import { type Bounds, Deadline } from '../dial/deadline.ts';
import { dial } from '../dial/dial.ts';
import { listenAddress } from '../dial/listen.ts';
import type { Resolve } from '../dial/resolve.ts';
import { settleTls } from '../dial/tls-files.ts';
import { planServerTls, planTls, SERVER_TLS_OPTIONS, TLS_OPTIONS } from '../dial/tls-options.ts';
import type { Files } from '../files.ts';
import { type SettledOptions, settleOptions } from '../options.ts';
import { anyOf } from '../signals.ts';
import {
  LISTEN_OPTIONS,
  type ListenOptions,
  TCP_OPTIONS,
  type TcpOptions,
  TLS_SOCKET_OPTIONS,
  type TlsSocketOptions,
  UDP_OPTIONS,
  type UdpOptions,
} from './options.ts';
import { TcpListener } from './tcp-listener.ts';
import { type SocketParts, TcpSocket } from './tcp-socket.ts';
import { TlsSocket } from './tls-socket.ts';
import { HeardFrom, type PeerRules, SentTo } from './udp-peers.ts';
import { type UdpPeer, UdpSocket } from './udp-socket.ts';

/** What sockets are opened on. */
export interface SocketGround {
  readonly capability: Capability;
  readonly clock: Clock;
  readonly resolve: Resolve | undefined;
  readonly roots: string | null;
  readonly readAhead: number;
  readonly files: Files;
}

export async function connectTcp(
  ground: SocketGround,
  host: string,
  port: number,
  options: TcpOptions | undefined,
  context: ConnectContext,
): Promise<TcpSocket> {
  const settled = settleOptions(TCP_OPTIONS, options, 'tcp');
  return new TcpSocket(await connect(ground, host, port, settled, null, context));
}

export async function connectTls(
  ground: SocketGround,
  host: string,
  port: number,
  options: TlsSocketOptions | undefined,
  context: CallContext,
): Promise<TlsSocket> {
  const settled = settleOptions(TLS_SOCKET_OPTIONS, options, 'tls');
  return new TlsSocket(await connect(ground, host, port, settled, settled, context));
}

async function connect(
  { capability, clock, resolve, roots, readAhead, files }: SocketGround,
  host: string,
  port: number,
  { timeout, connectTimeout, noDelay, keepAlive, signal: own }: SettledOptions<typeof TCP_OPTIONS>,
  tls: SettledOptions<typeof TLS_SOCKET_OPTIONS> | null,
  { by, intake, signal: session }: ConnectContext,
): Promise<SocketParts> {
  const target = capability.permitConnect({ operation: 'connect', host, port, by });
  const signal = anyOf(own, session);
  const deadline = Deadline.after(clock, timeout, 'connect');
  const plan = tls === null ? null : planTls(await settleTls(TLS_OPTIONS, { ...tls }, files), target.host, roots);
  const onread = intake?.onread;
  const ask = { capability, target, tls: plan, deadline, connectTimeout, signal, resolve, by, onread };
  const connection = await dial(ask);
  const ground = { capability, clock, readAhead, roots, files };
  return { ...ground, connection, accepted: false, timeout, noDelay, keepAlive, intake: intake ?? null };
}

export async function listenTcp(
  { capability, clock, roots, readAhead, files }: SocketGround,
  host: string,
  port: number,
  options: ListenOptions | undefined,
  { by, allowance, signal: session }: BoundedContext,
): Promise<TcpListener> {
  const { timeout, signal, backlog, tls, ...socket } = settleOptions(LISTEN_OPTIONS, options, 'tcp_listen');
  const target = capability.permitListen({ operation: 'listen', host, port, by });
  const plan = tls === undefined ? null : planServerTls(await settleTls(SERVER_TLS_OPTIONS, tls, files));
  const at = { address: listenAddress(target), port, backlog, paused: plan === null };
  const make = (parts: SocketParts): TcpSocket => (plan === null ? new TcpSocket(parts) : new TlsSocket(parts));
  return TcpListener.open(
    {
      ...socket,
      capability,
      clock,
      timeout,
      readAhead,
      roots,
      files,
      target,
      at,
      tls: plan,
      make,
      allowance: allowance ?? null,
    },
    {
      deadline: Deadline.after(clock, timeout, 'accept'),
      about: { operation: 'listen', target },
      signals: [signal, session, capability.signal],
    },
  );
}

type UdpSettled = SettledOptions<typeof UDP_OPTIONS>;

export async function openUdp(
  ground: SocketGround,
  host: string | null,
  port: number | null,
  options: UdpOptions | undefined,
  context: BoundedContext,
): Promise<UdpSocket> {
  const settled = settleOptions(UDP_OPTIONS, options, 'udp');
  if (host === null) {
    const target = ground.capability.permitPeerless({ operation: 'udp', by: context.by });
    const bounds = opening(ground, 'udp', target, settled, context);
    const leg = await DatagramLeg.open({ family: 4, address: null, port: 0, dual: false }, bounds);
    return udpSocket(ground, leg, null, new SentTo(), settled, context);
  }
  const { capability, resolve } = ground;
  const { by } = context;
  // What is no port is refused by the parser of targets.
  const target = capability.permitPeer({ operation: 'udp', host, port: port ?? Number.NaN, by });
  const bounds = opening(ground, 'udp', target, settled, context);
  const found = await resolveDatagramTarget({ capability, target, resolve, by }, bounds);
  const [address] = found;
  if (address === undefined) throw new TypeError('a look-up without an answer');
  const leg = await DatagramLeg.open({ family: address.family, address: null, port: 0, dual: false }, bounds);
  await leg.connect(address, target.port, bounds);
  return udpSocket(ground, leg, { target, address }, new SentTo(), settled, context);
}

export async function listenUdp(
  ground: SocketGround,
  host: string,
  port: number,
  options: UdpOptions | undefined,
  context: BoundedContext,
): Promise<UdpSocket> {
  const settled = settleOptions(UDP_OPTIONS, options, 'udp_listen');
  const target = ground.capability.permitListen({ operation: 'listen', host, port, by: context.by });
  const address = listenAddress(target);
  const bounds = opening(ground, 'listen', target, settled, context);
  const dual = address.text === parseIp('::')?.text;
  const leg = await DatagramLeg.open({ family: address.family, address, port, dual }, bounds);
  return udpSocket(ground, leg, null, new HeardFrom(ground.clock), settled, context);
}

function opening(
  { capability, clock }: SocketGround,
  operation: string,
  target: Place,
  { timeout, signal }: UdpSettled,
  context: CallContext,
): Bounds {
  const deadline = Deadline.after(clock, timeout, 'connect');
  return { deadline, about: { operation, target }, signals: [signal, context.signal, capability.signal] };
}

function udpSocket(
  { capability, clock, readAhead, resolve }: SocketGround,
  leg: DatagramLeg,
  peer: UdpPeer | null,
  rules: PeerRules,
  { timeout }: UdpSettled,
  { by, allowance }: BoundedContext,
): UdpSocket {
  const spans = peer === null && rules instanceof SentTo;
  const ground = { capability, clock, readAhead, resolve };
  return new UdpSocket({ ...ground, leg, peer, rules, spans, timeout, allowance: allowance ?? null, by });
}
