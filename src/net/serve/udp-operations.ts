/**
 * The operations of datagram sockets. Trusted side; every argument has passed the guard. The socket decides on each
 * datagram when it is sent.
 */
import { ArgumentError } from '../../errors/classes.ts';
import type { WireValue } from '../../wire/codec.ts';
import type { UdpRecord } from '../../wire/records.ts';
import type { BoundedContext } from '../context.ts';
import { Net } from '../net.ts';
import { UdpSocket } from '../socket/udp-socket.ts';
import type { OperationFamily, Perform } from './dispatch.ts';
import type { Call } from './guard.ts';
import type { LinkSession } from './session.ts';

const isNet = (thing: object): thing is Net => thing instanceof Net;
const isUdp = (thing: object): thing is UdpSocket => thing instanceof UdpSocket;

type Open = (net: Net, call: Call, context: BoundedContext) => Promise<UdpSocket>;

function opening(open: Open): Perform {
  return async (session, handle, call) => {
    session.handles.checkRoom('udp');
    const net = session.handles.get(handle, 'net', isNet);
    const socket = await open(net, call, { signal: session.signal, by: call.by(3), allowance: session.datagrams });
    const { localHost, localPort } = socket;
    const kept = session.keep('udp', socket, () => void socket.close());
    return { handle: kept, localHost, localPort } satisfies UdpRecord;
  };
}

function onUdp(
  perform: (socket: UdpSocket, session: LinkSession, call: Call) => WireValue | Promise<WireValue>,
): Perform {
  return (session, handle, call) => perform(session.handles.get(handle, 'udp', isUdp), session, call);
}

function timed(session: LinkSession, call: Call, index: number) {
  return { timeout: call.seconds(index), signal: session.signal };
}

export const UDP_OPERATIONS: OperationFamily = {
  'net.udp': opening((net, call, context) =>
    net.udp(call.optionalText(0), call.optionalInteger(1), call.record(2), context),
  ),
  'net.udpListen': opening((net, call, context) =>
    net.udpListen(call.text(0), call.integer(1), call.record(2), context),
  ),
  'udp.send': onUdp((socket, session, call) => socket.send(call.bytes(0), timed(session, call, 1), { by: call.by(2) })),
  'udp.sendTo': onUdp((socket, session, call) =>
    socket.sendTo(call.bytes(0), call.text(1), call.integer(2), timed(session, call, 3), { by: call.by(4) }),
  ),
  'udp.recv': onUdp((socket, session, call) => socket.recv(call.integer(0), timed(session, call, 1))),
  'udp.recvFrom': onUdp((socket, session, call) => socket.recvFrom(call.integer(0), timed(session, call, 1))),
  'udp.join': onUdp(async (socket, session, call) => {
    await socket.join(call.text(0), { ...call.record(1), signal: session.signal }, { by: call.by(2) });
    return null;
  }),
  'udp.leave': onUdp(async (socket, session, call) => {
    await socket.leave(call.text(0), { ...call.record(1), signal: session.signal }, { by: call.by(2) });
    return null;
  }),
  'udp.set': onUdp((socket, _session, call) => {
    const property = call.text(0);
    const value = call.value(1);
    if (property === 'broadcast' && typeof value === 'boolean') socket.broadcast = value;
    else if (property === 'ttl' && typeof value === 'number') socket.ttl = value;
    else throw new ArgumentError(`${JSON.stringify(property.slice(0, 40))} can not be set to that`);
    return null;
  }),
  'udp.close': (session, handle) => {
    if (session.handles.holds(handle)) session.handles.get(handle, 'udp', isUdp);
    session.handles.release(handle);
    return null;
  },
};
