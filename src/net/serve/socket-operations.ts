/**
 * The operations of sockets. Trusted side; every argument has passed the guard.
 */
import { ArgumentError } from '../../errors/classes.ts';
import type { WireValue } from '../../wire/codec.ts';
import type { SocketRecord, SocketRings } from '../../wire/records.ts';
import { Net } from '../net.ts';
import { settleOptions } from '../options.ts';
import { Intake } from '../socket/intake.ts';
import { OPERATION_OPTIONS, type OperationOptions } from '../socket/options.ts';
import { TcpSocket } from '../socket/tcp-socket.ts';
import { TlsSocket } from '../socket/tls-socket.ts';
import type { OperationFamily, Perform } from './dispatch.ts';
import type { Call } from './guard.ts';
import type { LinkSession } from './session.ts';

/** How long a script's sockets may take to send what is buffered once it has ended, in seconds. */
const FLUSH_AT_END = 1;

const isNet = (thing: object): thing is Net => thing instanceof Net;
const isSocket = (thing: object): thing is TcpSocket => thing instanceof TcpSocket;

function socketOf(session: LinkSession, handle: number): TcpSocket {
  return session.handles.get(handle, 'socket', isSocket);
}

/** Keeps a socket for the script and gives it rings: what it is told of the socket. */
export function keepSocket(session: LinkSession, socket: TcpSocket): WireValue {
  const stream = session.sockets.open(socket);
  const handle = session.keep('socket', socket, () => {
    // What can't be sent in time is lost with a reset, which `close` has made by then.
    closeSocket(session, socket, { timeout: FLUSH_AT_END }).catch(() => {});
  });
  return describe(socket, handle, stream?.record ?? null);
}

/** Sends what the script has written, closes the socket, and takes its rings back once nothing can touch them. */
async function closeSocket(session: LinkSession, socket: TcpSocket, options: OperationOptions): Promise<void> {
  session.sockets.of(socket)?.drain();
  try {
    await socket.close(options);
  } finally {
    session.sockets.release(socket);
  }
}

function describe(socket: TcpSocket, handle: number, rings: SocketRings | null): WireValue {
  const { host, port, localHost, localPort, connected, timeout, bytesSent, bytesReceived } = socket;
  const tls = socket instanceof TlsSocket ? describeTls(socket) : null;
  return {
    handle,
    host,
    port,
    localHost,
    localPort,
    connected,
    timeout,
    bytesSent,
    bytesReceived,
    rings,
    tls,
  } satisfies SocketRecord;
}

function describeTls({ protocol, cipher, alpn, sessionReused, peerCert }: TlsSocket) {
  return { protocol, cipher, alpn, sessionReused, peerCert: peerCert === null ? null : { ...peerCert } };
}

/** The options of a socket's operation: its time-out, and the end of the session. */
function timed(session: LinkSession, call: Call, index: number) {
  return { timeout: call.seconds(index), signal: session.signal };
}

function onSocket(perform: (socket: TcpSocket, session: LinkSession, call: Call) => Promise<WireValue>): Perform {
  return (session, handle, call) => perform(socketOf(session, handle), session, call);
}

export const SOCKET_OPERATIONS: OperationFamily = {
  'net.tcp': async (session, handle, call) => {
    session.handles.checkRoom('socket');
    const net = session.handles.get(handle, 'net', isNet);
    const context = { signal: session.signal, by: call.by(3), intake: new Intake() };
    return keepSocket(session, await net.tcp(call.text(0), call.integer(1), call.record(2), context));
  },
  'net.tls': async (session, handle, call) => {
    session.handles.checkRoom('socket');
    const net = session.handles.get(handle, 'net', isNet);
    const context = { signal: session.signal, by: call.by(3) };
    return keepSocket(session, await net.tls(call.text(0), call.integer(1), call.record(2), context));
  },
  'socket.send': onSocket((socket, session, call) => socket.send(call.bytes(0), timed(session, call, 1))),
  'socket.sendAll': onSocket(async (socket, session, call) => {
    await socket.sendAll(call.bytes(0), timed(session, call, 1));
    return null;
  }),
  'socket.recv': onSocket((socket, session, call) => socket.recv(call.integer(0), timed(session, call, 1))),
  'socket.recvLine': onSocket((socket, session, call) =>
    socket.recvLine({ max: call.integer(0), chomp: call.boolean(1), ...timed(session, call, 2) }),
  ),
  'socket.recvExact': onSocket((socket, session, call) => socket.recvExact(call.integer(0), timed(session, call, 1))),
  'socket.recvUntil': onSocket((socket, session, call) =>
    socket.recvUntil(call.bytes(0), { max: call.integer(1), ...timed(session, call, 2) }),
  ),
  'socket.recvAll': onSocket((socket, session, call) =>
    socket.recvAll({ max: call.integer(0), ...timed(session, call, 1) }),
  ),
  'socket.shutdown': onSocket(async (socket, session, call) => {
    const direction = call.text(0);
    if (direction !== 'send' && direction !== 'recv' && direction !== 'both') {
      throw new ArgumentError('shutdown: direction must be send, recv or both');
    }
    const stream = session.sockets.of(socket);
    stream?.drain();
    try {
      await socket.shutdown(direction, timed(session, call, 1));
    } finally {
      // What is sent now is refused by a call.
      if (direction !== 'recv') stream?.endSending();
    }
    return null;
  }),
  'socket.starttls': async (session, handle, call) => {
    const socket = socketOf(session, handle);
    const stream = session.sockets.of(socket);
    stream?.carry(call.bytes(1));
    stream?.drain();
    const secure = await socket.starttls({ ...call.record(0), signal: session.signal });
    session.handles.detach(handle);
    session.sockets.release(socket);
    return keepSocket(session, secure);
  },
  'socket.set': (session, handle, call) => {
    setProperty(socketOf(session, handle), call.text(0), call.value(1));
    return null;
  },
  'socket.state': (session, handle) => describe(socketOf(session, handle), handle, null),
  'socket.grow': (session, handle, call) => {
    const stream = session.sockets.of(socketOf(session, handle));
    return stream?.grow(call.text(0) === 'send' ? 'send' : 'recv') ?? null;
  },
  'socket.close': async (session, handle, call) => {
    if (!session.handles.holds(handle)) return null;
    const socket = socketOf(session, handle);
    // SECURITY: checked before the handle is given up, and ended with the script, whatever time it was given: nothing
    // stays open that no table holds (test/attacks/bridge-close-forgotten.test.ts).
    const options = settleOptions(OPERATION_OPTIONS, timed(session, call, 0), 'close');
    session.handles.detach(handle);
    await closeSocket(session, socket, options);
    return null;
  },
};

function setProperty(socket: TcpSocket, property: string, value: WireValue): void {
  if (property === 'timeout' && (value === null || typeof value === 'number')) socket.timeout = value;
  else if (property === 'noDelay' && typeof value === 'boolean') socket.noDelay = value;
  else if (property === 'keepAlive' && typeof value === 'boolean') socket.keepAlive = value;
  else throw new ArgumentError(`${JSON.stringify(property.slice(0, 40))} can not be set to that`);
}
