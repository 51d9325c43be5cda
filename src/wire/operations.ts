/**
 * The operations table: everything that a script's thread can ask of the kernel, and so the kernel's whole attack
 * surface (spec/boundary.md is written from it). Crosses. Plain data: the kernel's guard checks the raw arguments of
 * a call against its row before any code of the operation sees them.
 */

/** What kind of thing a handle stands for. Handle 0 is always the link's own `net`. */
export type HandleKind =
  | 'net'
  | 'client'
  | 'body'
  | 'fetchList'
  | 'socket'
  | 'udp'
  | 'listener'
  | 'webSocket'
  | 'events';

/** What an argument must be. A `?` at the end allows null. */
export type ArgumentKind =
  | 'text'
  | 'text?'
  | 'bytes'
  | 'boolean'
  | 'integer'
  | 'integer?'
  | 'seconds?'
  | 'texts'
  | 'integers'
  | 'record'
  | 'value'
  /** Who asks: [role, file or null, line or null]. A claim, used in reports and in the wording of a denial alone. */
  | 'by';

export interface Operation {
  /** The number on the wire: its place in the table, from 1 (0 asks for the next piece of a reply). */
  readonly number: number;
  readonly name: OperationName;
  /** The kind of handle that the call goes to; null: it goes to the link itself. */
  readonly on: HandleKind | 'any' | null;
  readonly arguments: readonly { readonly name: string; readonly kind: ArgumentKind }[];
  /** What the result is, for readers. */
  readonly gives: string;
}

type Row = readonly [name: string, on: HandleKind | 'any' | null, args: string, gives: string];

const ROWS = [
  ['ping', null, '', 'null: nothing is done; the measure of the bridge'],
  ['net.fetch', 'net', 'url:text options:record by:by', 'a response record'],
  ['net.fetchAll', 'net', 'options:record by:by', 'the handle of a list of requests, which ends the one before'],
  ['net.client', 'net', 'options:record', 'the handle of an HTTP client'],
  ['net.tcp', 'net', 'host:text port:integer options:record by:by', 'a socket record'],
  ['net.tls', 'net', 'host:text port:integer options:record by:by', 'a socket record'],
  ['net.tcpListen', 'net', 'host:text port:integer options:record by:by', 'a listener record'],
  ['net.udp', 'net', 'host:text? port:integer? options:record by:by', 'a record of a datagram socket'],
  ['net.udpListen', 'net', 'host:text port:integer options:record by:by', 'a record of a datagram socket'],
  ['net.resolve', 'net', 'host:text type:text? options:record by:by', 'the records of a name'],
  ['net.reverseResolve', 'net', 'ip:text options:record by:by', 'a name, or null'],
  ['net.webSocket', 'net', 'url:text options:record by:by', 'a record of a WebSocket'],
  ['net.eventSource', 'net', 'url:text options:record by:by', 'a record of an event stream'],
  [
    'net.select',
    'net',
    'readers:integers writers:integers timeout:seconds?',
    'the handles that are ready to be read, and those to be written',
  ],
  ['net.narrow', 'net', 'rules:texts options:record by:by', 'the handle of the narrower net'],
  ['net.revoke', 'net', 'child:integer', 'null'],
  ['net.allowed', 'net', 'host:text port:integer', 'boolean'],
  ['net.listenAllowed', 'net', 'host:text port:integer', 'boolean'],
  ['net.grants', 'net', 'by:by', 'the grant as flags would give it'],
  ['client.fetch', 'client', 'url:text options:record by:by', 'a response record'],
  ['client.stream', 'client', 'url:text options:record by:by', 'a response record as soon as the headers are there'],
  ['client.download', 'client', 'url:text options:record by:by', 'a response record; the body is in the file'],
  ['client.allow', 'client', 'hosts:texts', 'null: the client is narrowed for good'],
  ['client.jail', 'client', 'hosts:texts', 'the handle of a narrower client'],
  ['body.open', 'body', '', 'the number of the ring that the body comes through'],
  ['body.resume', 'body', '', 'null: there is room in the ring again. Raises what broke the body'],
  ['body.finish', 'body', '', 'the trailer lines; the body is given back. Raises what broke it'],
  ['body.read', 'body', 'max:integer', 'bytes, or null at the end: for who shares no memory with the kernel'],
  ['fetchList.add', 'fetchList', 'list:value', 'null: there is room for them, and they begin as the limit lets them'],
  ['fetchList.take', 'fetchList', 'count:integer', 'the next results: response records and {error: record}'],
  ['socket.send', 'socket', 'data:bytes timeout:seconds?', 'the count of bytes written'],
  ['socket.sendAll', 'socket', 'data:bytes timeout:seconds?', 'null'],
  ['socket.recv', 'socket', 'max:integer timeout:seconds?', 'bytes, or null at the end'],
  ['socket.recvLine', 'socket', 'max:integer chomp:boolean timeout:seconds?', 'bytes, or null at the end'],
  ['socket.recvExact', 'socket', 'count:integer timeout:seconds?', 'bytes, or null at the end'],
  ['socket.recvUntil', 'socket', 'mark:bytes max:integer timeout:seconds?', 'bytes, or null at the end'],
  ['socket.recvAll', 'socket', 'max:integer timeout:seconds?', 'bytes, or null at the end'],
  ['socket.shutdown', 'socket', 'direction:text timeout:seconds?', 'null'],
  ['socket.starttls', 'socket', 'options:record unread:bytes', 'a socket record; the clear socket is gone'],
  ['socket.set', 'socket', 'property:text value:value', 'null'],
  ['socket.state', 'socket', '', 'a socket record'],
  ['socket.grow', 'socket', 'direction:text', 'where its larger ring is; null if it does not grow'],
  ['socket.close', 'socket', 'timeout:seconds?', 'null'],
  ['listener.accept', 'listener', 'timeout:seconds?', 'a socket record'],
  ['listener.close', 'listener', '', 'null'],
  ['udp.send', 'udp', 'data:bytes timeout:seconds? by:by', 'the count of bytes sent'],
  ['udp.sendTo', 'udp', 'data:bytes host:text port:integer timeout:seconds? by:by', 'the count of bytes sent'],
  ['udp.recv', 'udp', 'max:integer timeout:seconds?', 'bytes'],
  ['udp.recvFrom', 'udp', 'max:integer timeout:seconds?', 'bytes, and the address and port that they came from'],
  ['udp.join', 'udp', 'group:text options:record by:by', 'null'],
  ['udp.leave', 'udp', 'group:text options:record by:by', 'null'],
  ['udp.set', 'udp', 'property:text value:value', 'null'],
  ['udp.close', 'udp', '', 'null'],
  ['webSocket.send', 'webSocket', 'data:bytes isText:boolean timeout:seconds?', 'null'],
  ['webSocket.recv', 'webSocket', 'timeout:seconds?', 'a text or bytes, or null once it is closed'],
  ['webSocket.state', 'webSocket', '', 'a record of a WebSocket'],
  ['webSocket.close', 'webSocket', 'code:integer reason:text timeout:seconds?', 'a record of a WebSocket'],
  ['events.next', 'events', 'timeout:seconds? by:by', 'an event, or null at the end'],
  ['events.state', 'events', '', 'a record of an event stream'],
  ['release', 'any', '', 'null: the handle is given back and what it held is closed'],
  ['host.library', null, 'url:text', 'the source of a library as text, or null'],
  ['host.write', null, 'stream:text data:bytes', 'null: the bytes are with the host'],
  ['host.read', null, 'max:integer', 'bytes of standard input, or null at its end'],
  ['host.config', null, 'config:value warnings:texts', 'null: the engine knows what the script asks for'],
] as const satisfies readonly Row[];

/** The name of an operation. */
export type OperationName = (typeof ROWS)[number][0];

function readRow([name, on, args, gives]: (typeof ROWS)[number], index: number): Operation {
  const split = args === '' ? [] : args.split(' ');
  return Object.freeze({
    number: index + 1,
    name,
    on,
    arguments: Object.freeze(
      split.map((text) => {
        const [argument = '', kind = ''] = text.split(':');
        if (!isKind(kind)) throw new TypeError(`${name}: ${kind} is no kind of argument`);
        return Object.freeze({ name: argument, kind });
      }),
    ),
    gives,
  });
}

const KINDS: ReadonlySet<string> = new Set<ArgumentKind>([
  'text',
  'text?',
  'bytes',
  'boolean',
  'integer',
  'integer?',
  'seconds?',
  'texts',
  'integers',
  'record',
  'value',
  'by',
]);

function isKind(text: string): text is ArgumentKind {
  return KINDS.has(text);
}

export const OPERATIONS: readonly Operation[] = Object.freeze(ROWS.map(readRow));

const byName = new Map<string, Operation>(OPERATIONS.map((operation) => [operation.name, operation]));

/** The row of an operation by its name. */
export function operationNamed(name: OperationName): Operation {
  const found = byName.get(name);
  if (found === undefined) throw new TypeError(`there is no operation ${name}`);
  return found;
}

/** The row of an operation by the number that came over the wire; undefined for a number that is none. */
export function operationNumbered(number: number): Operation | undefined {
  return OPERATIONS[number - 1];
}
