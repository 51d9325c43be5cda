/**
 * The operations of listeners. Trusted side; every argument has passed the guard. What is accepted counts among what
 * the script holds: there is room for it before a peer is taken.
 */
import type { ListenerRecord } from '../../wire/records.ts';
import { Net } from '../net.ts';
import { TcpListener } from '../socket/tcp-listener.ts';
import type { OperationFamily } from './dispatch.ts';
import { keepSocket } from './socket-operations.ts';

const isNet = (thing: object): thing is Net => thing instanceof Net;
const isListener = (thing: object): thing is TcpListener => thing instanceof TcpListener;

export const LISTENER_OPERATIONS: OperationFamily = {
  'net.tcpListen': async (session, handle, call) => {
    session.handles.checkRoom('listener');
    const net = session.handles.get(handle, 'net', isNet);
    const context = { signal: session.signal, by: call.by(3), allowance: session.peers };
    const options = call.record(2);
    const listener = await net.tcpListen(call.text(0), call.integer(1), options, context);
    const { localHost, localPort } = listener;
    const kept = session.keep('listener', listener, () => void listener.close());
    return { handle: kept, localHost, localPort, secure: (options['tls'] ?? null) !== null } satisfies ListenerRecord;
  },
  'listener.accept': async (session, handle, call) => {
    const listener = session.handles.get(handle, 'listener', isListener);
    session.handles.checkRoom('socket');
    return keepSocket(session, await listener.accept({ timeout: call.seconds(0), signal: session.signal }));
  },
  'listener.close': (session, handle) => {
    if (session.handles.holds(handle)) session.handles.get(handle, 'listener', isListener);
    session.handles.release(handle);
    return null;
  },
};
