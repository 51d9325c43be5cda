/**
 * The operations of a net, of an HTTP client and of a body. Trusted side; every argument has passed the guard, and the
 * net decides what is allowed.
 */
import { ArgumentError } from '../../errors/classes.ts';
import type { WireValue } from '../../wire/codec.ts';
import { checkWritten } from '../../wire/written-bodies.ts';
import type { RecordShapes, RecordType } from '../dial/records.ts';
import { HttpClient, type HttpJail } from '../http/client.ts';
import { checkRecordType, Net } from '../net.ts';
import { BodyStream } from './body-stream.ts';
import type { OperationFamily } from './dispatch.ts';
import type { Call } from './guard.ts';
import { answerResponse, responseRecord } from './response-record.ts';
import { select } from './select.ts';
import type { LinkSession } from './session.ts';

/** A client, or a client's jail: what `client.fetch` goes to. */
class ClientHandle {
  readonly fetcher: HttpClient | HttpJail;

  constructor(fetcher: HttpClient | HttpJail) {
    this.fetcher = fetcher;
  }

  /** The client itself; a jail is none, and no honest script asks it for more than `fetch`. */
  get client(): HttpClient {
    return this.fetcher instanceof HttpClient ? this.fetcher : notAClient();
  }
}

function notAClient(): never {
  throw new TypeError('a jail answers fetch alone');
}

const isNet = (thing: object): thing is Net => thing instanceof Net;
const isClient = (thing: object): thing is ClientHandle => thing instanceof ClientHandle;
const isBody = (thing: object): thing is BodyStream => thing instanceof BodyStream;

function netOf(session: LinkSession, handle: number): Net {
  return session.handles.get(handle, 'net', isNet);
}

function clientOf(session: LinkSession, handle: number): ClientHandle {
  return session.handles.get(handle, 'client', isClient);
}

function bodyOf(session: LinkSession, handle: number): BodyStream {
  return session.handles.get(handle, 'body', isBody);
}

function contextOf(session: LinkSession, call: Call, index: number) {
  return { signal: call.signal ?? session.signal, by: call.by(index) };
}

/** The options of a request. */
function requestOf(call: Call) {
  const options = call.record(1);
  checkWritten(options);
  return options;
}

function keepClient(session: LinkSession, fetcher: HttpClient | HttpJail): number {
  return session.keep('client', new ClientHandle(fetcher), () => {});
}

/** Records of a name as plain data. */
function wireRecords(records: readonly RecordShapes[RecordType][]): WireValue {
  return records.map((record) => (typeof record === 'string' ? record : { ...record }));
}

const NOTHING = new Uint8Array(0);

export const NET_OPERATIONS: OperationFamily = {
  'net.fetch': (session, handle, call) => {
    session.handles.checkRoom('body');
    const net = netOf(session, handle);
    return answerResponse(session, net.fetch(call.text(0), requestOf(call), contextOf(session, call, 2)));
  },
  'net.client': (session, handle, call) => keepClient(session, netOf(session, handle).http.client.new(call.record(0))),
  'net.resolve': async (session, handle, call) =>
    wireRecords(
      await netOf(session, handle).resolve(
        call.text(0),
        checkRecordType(call.optionalText(1)),
        call.record(2),
        contextOf(session, call, 3),
      ),
    ),
  'net.reverseResolve': (session, handle, call) =>
    netOf(session, handle).reverseResolve(call.text(0), call.record(1), contextOf(session, call, 2)),
  'net.select': select,
  'net.narrow': (session, handle, call) => {
    const narrowed = netOf(session, handle).narrow(call.texts(0), call.record(1));
    return session.keep('net', narrowed, () => {});
  },
  'net.revoke': (session, handle, call) => {
    netOf(session, handle).revoke(netOf(session, call.integer(0)));
    return null;
  },
  'net.allowed': (session, handle, call) => netOf(session, handle).allowed(call.text(0), call.integer(1)),
  'net.listenAllowed': (session, handle, call) => netOf(session, handle).listenAllowed(call.text(0), call.integer(1)),
  'net.grants': (session, handle, call) => ({ ...netOf(session, handle).describe(call.by(0)) }),
  'client.fetch': (session, handle, call) => {
    session.handles.checkRoom('body');
    const { fetcher } = clientOf(session, handle);
    return answerResponse(session, fetcher.fetch(call.text(0), requestOf(call), contextOf(session, call, 2)));
  },
  'client.stream': async (session, handle, call) => {
    session.handles.checkRoom('body');
    const { fetcher } = clientOf(session, handle);
    const response = await fetcher.fetch(call.text(0), requestOf(call), contextOf(session, call, 2));
    return responseRecord(session, response, response.takeComplete());
  },
  'client.download': async (session, handle, call) => {
    const { to, ...options } = requestOf(call);
    const { client } = clientOf(session, handle);
    if (typeof to !== 'string') throw new ArgumentError('download: to must be a path');
    const response = await client.download(call.text(0), { ...options, to }, contextOf(session, call, 2));
    return responseRecord(session, response, NOTHING);
  },
  'client.allow': (session, handle, call) => {
    clientOf(session, handle).client.allow = call.texts(0);
    return null;
  },
  'client.jail': (session, handle, call) =>
    keepClient(session, clientOf(session, handle).client.jail(...call.texts(0))),
  'body.open': (session, handle) => bodyOf(session, handle).open(),
  'body.finish': (session, handle) => {
    const body = bodyOf(session, handle);
    try {
      return body.finish();
    } finally {
      session.handles.release(handle);
    }
  },
  'body.read': (session, handle, call) => bodyOf(session, handle).read(call.integer(0)),
  'body.resume': (session, handle) => {
    bodyOf(session, handle).resume();
    return null;
  },
};
