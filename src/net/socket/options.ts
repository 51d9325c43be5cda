/**
 * The option tables of sockets: types, checks and the reference page follow from them. Trusted side, pure.
 */
import { LISTENER_TLS_OPTIONS, SERVER_MARKS, TLS_PATH_OPTIONS } from '../dial/tls-files.ts';
import { TLS_OPTIONS } from '../dial/tls-options.ts';
import { checkOptions, custom, flag, integer, type OptionsOf, seconds, signal, text } from '../options.ts';

/** The most bytes that one read may ask for. */
export const MAX_READ = 2 ** 30;
/** The longest mark of `recvUntil`. Each piece that comes is looked through with as much of what came before it. */
export const MAX_MARK = 4096;
/** What a read of a line takes unless it is told otherwise. */
export const DEFAULT_LINE = 65_536;
/** What `recvAll` takes unless it is told otherwise. */
export const DEFAULT_ALL = 2 ** 24;
/** What `recv` takes unless it is told otherwise. */
export const DEFAULT_RECV = 65_536;

/** What every operation of a socket takes. */
export const OPERATION_OPTIONS = {
  timeout: seconds({ default: undefined, doc: "How long it may take; without it the socket's own `timeout` holds." }),
  signal: signal(),
};

export const LINE_OPTIONS = {
  ...OPERATION_OPTIONS,
  max: integer({
    default: DEFAULT_LINE,
    min: 1,
    max: MAX_READ,
    unit: 'bytes',
    doc: 'The longest line, its end included.',
  }),
  chomp: flag({ default: false, doc: 'Whether the newline, and a carriage return before it, are left out.' }),
};

export const UNTIL_OPTIONS = {
  ...OPERATION_OPTIONS,
  max: integer({
    default: DEFAULT_LINE,
    min: 1,
    max: MAX_READ,
    unit: 'bytes',
    doc: 'The most bytes, the mark included.',
  }),
};

export const ALL_OPTIONS = {
  ...OPERATION_OPTIONS,
  max: integer({ default: DEFAULT_ALL, min: 1, max: MAX_READ, unit: 'bytes', doc: 'The most bytes.' }),
};

/** What `tcp` takes. */
export const TCP_OPTIONS = {
  timeout: seconds({ default: 30, doc: "How long the connecting may take; the socket's own `timeout` afterwards." }),
  connectTimeout: seconds({
    default: null,
    doc: 'How long look-up, connect and handshake together may take, where that is to be less than `timeout`.',
  }),
  signal: signal(),
  noDelay: flag({ default: true, doc: "Whether small writes are sent at once (Nagle's algorithm off)." }),
  keepAlive: flag({ default: false, doc: 'Whether an idle connection is probed after a minute.' }),
};

/** What `tls` takes. */
export const TLS_SOCKET_OPTIONS = { ...TCP_OPTIONS, ...TLS_OPTIONS, ...TLS_PATH_OPTIONS };

/** What `resolve` and `reverseResolve` take. */
export const RESOLVE_OPTIONS = {
  timeout: seconds({ default: 30, doc: 'How long it may take.' }),
  signal: signal(),
};

type ListenerTlsOptions = OptionsOf<typeof LISTENER_TLS_OPTIONS>;

/** What `tcpListen` takes. */
export const LISTEN_OPTIONS = {
  timeout: seconds({ default: 30, doc: "How long an `accept` may take; the accepted sockets' own `timeout` too." }),
  signal: signal(),
  backlog: integer({
    default: 511,
    min: 1,
    max: 65_535,
    doc: 'How many peers may wait to be accepted, handshakes under way included; those beyond are reset.',
  }),
  tls: custom<ListenerTlsOptions, undefined>({
    type: 'object',
    default: undefined,
    doc: 'Peers must speak TLS: see the options of a TLS listener.',
    read: (raw) => ({ value: checkOptions(LISTENER_TLS_OPTIONS, raw, 'tls') }),
  }),
  handshakeTimeout: seconds({ default: 10, doc: "How long a peer's TLS handshake may take." }),
  noDelay: TCP_OPTIONS.noDelay,
  keepAlive: TCP_OPTIONS.keepAlive,
};

/** What `udp` and `udpListen` take. */
export const UDP_OPTIONS = {
  timeout: seconds({
    default: 30,
    doc: 'How long opening, and then each operation, may take unless it says otherwise.',
  }),
  signal: signal(),
};

/** What `join` and `leave` take. */
export const MEMBERSHIP_OPTIONS = {
  ...OPERATION_OPTIONS,
  interface: text({
    default: null,
    doc: "The address of this machine at whose network the group is; the system's choice.",
  }),
};

/** What `starttls` takes: with a certificate to show, the options of a listener's `tls`. */
export const STARTTLS_OPTIONS = {
  ...OPERATION_OPTIONS,
  ...TLS_OPTIONS,
  ...TLS_PATH_OPTIONS,
  ...SERVER_MARKS,
};

export type OperationOptions = OptionsOf<typeof OPERATION_OPTIONS>;
export type LineOptions = OptionsOf<typeof LINE_OPTIONS>;
export type UntilOptions = OptionsOf<typeof UNTIL_OPTIONS>;
export type AllOptions = OptionsOf<typeof ALL_OPTIONS>;
export type TcpOptions = OptionsOf<typeof TCP_OPTIONS>;
export type TlsSocketOptions = OptionsOf<typeof TLS_SOCKET_OPTIONS>;
export type ListenOptions = OptionsOf<typeof LISTEN_OPTIONS>;
export type UdpOptions = OptionsOf<typeof UDP_OPTIONS>;
export type MembershipOptions = OptionsOf<typeof MEMBERSHIP_OPTIONS>;
export type ResolveOptions = OptionsOf<typeof RESOLVE_OPTIONS>;
export type StarttlsOptions = OptionsOf<typeof STARTTLS_OPTIONS>;
