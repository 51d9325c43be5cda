/**
 * The package's door for hosts: grants, the network under them, and the engine that runs scripts with it.
 */
export { type Egress, type EgressNetOptions, type EgressOptions, type EntryInfo, openEgress } from './egress/egress.ts';
export type { JournalFilter, JournalRow } from './egress/journal/row.ts';
export type { EntryOptions } from './egress/policy/entry.ts';
export type { Explanation } from './egress/policy/explain.ts';
export type { SecretInfo, SecretScope, Secrets } from './egress/secrets/secrets.ts';
export { Engine, type EngineOptions, type Limits, type RunRequest } from './engine/engine.ts';
export type { Interaction } from './engine/interaction.ts';
export type { LibrarySource } from './engine/libraries.ts';
export type { FailedRun, Inspection, Outcome } from './engine/script-thread.ts';
export { surface, USER_ROLE } from './engine/surface.ts';
export {
  AddressNotAllowedError,
  ArgumentError,
  BudgetExhaustedError,
  CaspianError,
  ConnectionRefusedError,
  ConnectionResetError,
  DnsFailureError,
  EncodingError,
  type ErrorDetails,
  FileNotAllowedError,
  GrantSyntaxError,
  HostNotAllowedError,
  HttpStatusError,
  IsolateEndedError,
  IsolateError,
  JsonError,
  LimitReachedError,
  NetworkError,
  NotCloneableError,
  PortNotAllowedError,
  ProtocolError,
  RateLimitedError,
  RevokedError,
  ScriptSyntaxError,
  SecretNotAllowedError,
  SocketError,
  TimeoutError,
  type TimeoutPhase,
  TlsError,
  TooLargeError,
} from './errors/classes.ts';
export { ERROR_TABLE, type ErrorRow, isErrorType } from './errors/table.ts';
export type { Handler, SystemEvent } from './isolate/host/handlers.ts';
export { type EndReason, Isolate } from './isolate/host/isolate.ts';
export type { IsolateOptions, SandboxOptions } from './isolate/host/options.ts';
export type { ErrorReport } from './isolate/host/reports.ts';
export { V8Sandbox } from './isolate/host/sandbox.ts';
export type { Clock, Timer } from './net/clock.ts';
export type { CallContext } from './net/context.ts';
export type { Decision } from './net/decision.ts';
export type { CaaRecord, MxRecord, RecordShapes, RecordType, SrvRecord } from './net/dial/records.ts';
export { Grants, type GrantsFormat, type NarrowOptions } from './net/grants/grants.ts';
export type { GrantsInput, RuleInput } from './net/grants/input.ts';
export type { HttpClient, HttpJail } from './net/http/client.ts';
export type { Progress } from './net/http/download.ts';
export type { FetchAllItem, FetchAllOptions } from './net/http/fetch-all.ts';
export type { ClientOptions, RequestOptions } from './net/http/options.ts';
export type { HttpResponse } from './net/http/response.ts';
export { type HeaderDecision, type Net, type NetDecision, openNet } from './net/net.ts';
export type { OpenNetOptions } from './net/net-options.ts';
export { type Link, type LinkGuest, type ServeOptions, serveNet } from './net/serve/serve-net.ts';
export type { TcpListener } from './net/socket/tcp-listener.ts';
export type { TcpSocket } from './net/socket/tcp-socket.ts';
export type { TlsSocket } from './net/socket/tls-socket.ts';
export type { UdpSocket } from './net/socket/udp-socket.ts';
export type { StreamEvent } from './net/stream/event-parser.ts';
export type { NetEventSource } from './net/stream/event-source.ts';
export type { EventSourceOptions, StreamOperationOptions, WebSocketOptions } from './net/stream/options.ts';
export type { Message, NetWebSocket } from './net/stream/web-socket.ts';
export type { By } from './wire/records.ts';
