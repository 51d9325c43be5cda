/**
 * One class for each row of the table. Crosses between script and kernel: what an error carries is plain data,
 * so that it arrives on the other side as the same class with the same fields, less `cause` and stack.
 * Programs match on `code` or `type`; `instanceof` holds within one thread.
 */
import { errorRow, errorRowNamed } from './table.ts';

/** The phase in which a time-out struck: `dns`, `connect` and `tls` of any connection, `request` to `body` of HTTP. */
export type TimeoutPhase = 'dns' | 'connect' | 'tls' | 'request' | 'headers' | 'body' | 'read' | 'write' | 'accept';

/** What an error carries beside its message. Every field is optional and is null where it does not apply. */
export interface ErrorDetails {
  /** The host as the caller wrote it. */
  readonly host?: string | null;
  /** 0 to 65535. */
  readonly port?: number | null;
  /** What was being done: `connect`, `listen`, `fetch`, `recv` … */
  readonly operation?: string | null;
  /** Overrides the table's default. */
  readonly retryable?: boolean;
  /** What the reader can do about it, in one line; never a secret or a path of the host. */
  readonly hint?: string | null;
  /** Kept on the side where the error was made; never crosses. */
  readonly cause?: unknown;
  /** TimeoutError: what was waited for. */
  readonly phase?: TimeoutPhase | null;
  /** DnsFailureError, TlsError: which failure, as a word or in words. */
  readonly reason?: string | null;
  /** RateLimitedError, LimitReachedError: seconds until a try has a chance. */
  readonly retryAfter?: number | null;
  /** SocketError: the code of the system, such as EADDRINUSE. */
  readonly systemCode?: string | null;
  /** ConnectionResetError of a read with a fixed size: how many bytes had come. */
  readonly received?: number | null;
  /** HttpStatusError: the status of the response. */
  readonly status?: number | null;
}

/** The root of every error of this package. `type` is the URL of its class in Caspian. */
export class CaspianError extends Error {
  /** The URL of its class, such as `puck.uno/error/network/timeout`. */
  readonly type: string;
  /** A stable code for programs, such as `NET_TIMEOUT`: see ERROR_TABLE. */
  readonly code: string;
  /** The host as the caller wrote it; null where there is none. */
  readonly host: string | null;
  /** Null where there is none. */
  readonly port: number | null;
  /** What was being done: `connect`, `fetch`, `recv` … Null where nothing of the network was. */
  readonly operation: string | null;
  /** Whether the same call, made again, has a chance. */
  readonly retryable: boolean;
  /** What the reader can do about it, in one line; null if nothing is known. */
  readonly hint: string | null;
  /** TimeoutError: what was waited for. Null for any other. */
  readonly phase: TimeoutPhase | null;
  /** Which failure, as a word or in words: of DnsFailureError, TlsError and IsolateEndedError. Null for most others. */
  readonly reason: string | null;
  /** RateLimitedError, LimitReachedError: seconds until a try has a chance; null if unknown, and for any other. */
  readonly retryAfter: number | null;
  /** SocketError: the code of the system, such as `EADDRINUSE`; null where it gave none. */
  readonly systemCode: string | null;
  /** ConnectionResetError of a read with a fixed size: how many bytes had come. Null for any other. */
  readonly received: number | null;
  /** HttpStatusError: the status of the response, 400 or above. Null for any other. */
  readonly status: number | null;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    const row = errorRowNamed(new.target.className);
    this.name = row.name;
    this.type = row.type;
    this.code = row.code;
    this.host = details.host ?? null;
    this.port = details.port ?? null;
    this.operation = details.operation ?? null;
    this.retryable = details.retryable ?? row.retryable;
    this.hint = details.hint ?? null;
    this.phase = details.phase ?? null;
    this.reason = details.reason ?? null;
    this.retryAfter = details.retryAfter ?? null;
    this.systemCode = details.systemCode ?? null;
    this.received = details.received ?? null;
    this.status = details.status ?? null;
  }

  /** The class's name in the table. A literal, since a minifier may rename classes. */
  static get className(): string {
    return 'CaspianError';
  }
}

/** The root of every network error. */
export class NetworkError extends CaspianError {
  static override get className(): string {
    return 'NetworkError';
  }
}

/** The host or interface is not granted, or is denied. Not retryable. */
export class HostNotAllowedError extends NetworkError {
  static override get className(): string {
    return 'HostNotAllowedError';
  }
}

/** The name is granted, every address behind it is denied. Not retryable. */
export class AddressNotAllowedError extends HostNotAllowedError {
  static override get className(): string {
    return 'AddressNotAllowedError';
  }
}

/** The host is granted, the port is not. Not retryable. */
export class PortNotAllowedError extends NetworkError {
  static override get className(): string {
    return 'PortNotAllowedError';
  }
}

/** The capability was revoked or has expired. Not retryable. */
export class RevokedError extends NetworkError {
  static override get className(): string {
    return 'RevokedError';
  }
}

/** Requests, bytes or the time left to the caller are used up (time: retryable). Not retryable otherwise. */
export class BudgetExhaustedError extends NetworkError {
  static override get className(): string {
    return 'BudgetExhaustedError';
  }
}

/** Too many calls in a while; `retryAfter` says how many seconds to wait. Retryable. */
export class RateLimitedError extends NetworkError {
  static override get className(): string {
    return 'RateLimitedError';
  }
}

/** Too many connections, sockets or handles at once (calls per run: not retryable). Retryable otherwise. */
export class LimitReachedError extends NetworkError {
  static override get className(): string {
    return 'LimitReachedError';
  }
}

/** A body, line or message is over a cap that the caller or the policy set. Not retryable. */
export class TooLargeError extends NetworkError {
  static override get className(): string {
    return 'TooLargeError';
  }
}

/** The secret is unknown, or not for this host or caller. Not retryable. */
export class SecretNotAllowedError extends NetworkError {
  static override get className(): string {
    return 'SecretNotAllowedError';
  }
}

/** Not done in time; `phase` says in which phase. Retryable. */
export class TimeoutError extends NetworkError {
  static override get className(): string {
    return 'TimeoutError';
  }
}

/** Nothing listens there. Retryable. */
export class ConnectionRefusedError extends NetworkError {
  static override get className(): string {
    return 'ConnectionRefusedError';
  }
}

/** Reset, or ended before what was promised had come. Retryable. */
export class ConnectionResetError extends NetworkError {
  static override get className(): string {
    return 'ConnectionResetError';
  }
}

/**
 * The name could not be resolved; `reason` is not_found, temporary (retryable) or invalid_name. Not retryable
 * otherwise.
 */
export class DnsFailureError extends NetworkError {
  static override get className(): string {
    return 'DnsFailureError';
  }
}

/** The TLS handshake or the certificate failed; `reason` says how. Not retryable. */
export class TlsError extends NetworkError {
  static override get className(): string {
    return 'TlsError';
  }
}

/** The peer broke the protocol. Not retryable. */
export class ProtocolError extends NetworkError {
  static override get className(): string {
    return 'ProtocolError';
  }
}

/** Anything else; carries the code of the system. Not retryable. */
export class SocketError extends NetworkError {
  static override get className(): string {
    return 'SocketError';
  }
}

/** A missing, surplus, unknown or unusable argument. Not retryable. */
export class ArgumentError extends CaspianError {
  static override get className(): string {
    return 'ArgumentError';
  }
}

/** A rule of a grant can not be read. Not retryable. */
export class GrantSyntaxError extends CaspianError {
  static override get className(): string {
    return 'GrantSyntaxError';
  }
}

/** The text is no JSON. Not retryable. */
export class JsonError extends CaspianError {
  static override get className(): string {
    return 'JsonError';
  }
}

/** The bytes are no text in that encoding. Not retryable. */
export class EncodingError extends CaspianError {
  static override get className(): string {
    return 'EncodingError';
  }
}

/** The path is outside every folder that was granted. Not retryable. */
export class FileNotAllowedError extends CaspianError {
  static override get className(): string {
    return 'FileNotAllowedError';
  }
}

/** `raiseForStatus` met a 4xx or 5xx. Not retryable. */
export class HttpStatusError extends CaspianError {
  static override get className(): string {
    return 'HttpStatusError';
  }
}

/** The root of what goes wrong with an isolate. */
export class IsolateError extends CaspianError {
  static override get className(): string {
    return 'IsolateError';
  }
}

/** The isolate has ended; `reason` says why. Not retryable. */
export class IsolateEndedError extends IsolateError {
  static override get className(): string {
    return 'IsolateEndedError';
  }
}

/** The source for an isolate can not be read; says where. Not retryable. */
export class ScriptSyntaxError extends IsolateError {
  static override get className(): string {
    return 'ScriptSyntaxError';
  }
}

/** The data can not cross between host and isolate. Not retryable. */
export class NotCloneableError extends IsolateError {
  static override get className(): string {
    return 'NotCloneableError';
  }
}

/** Makes an error of a class. */
export type ErrorClass = new (message: string, details?: ErrorDetails) => CaspianError;

const CLASSES: readonly (ErrorClass & { readonly className: string })[] = [
  CaspianError,
  NetworkError,
  HostNotAllowedError,
  AddressNotAllowedError,
  PortNotAllowedError,
  RevokedError,
  BudgetExhaustedError,
  RateLimitedError,
  LimitReachedError,
  TooLargeError,
  SecretNotAllowedError,
  TimeoutError,
  ConnectionRefusedError,
  ConnectionResetError,
  DnsFailureError,
  TlsError,
  ProtocolError,
  SocketError,
  ArgumentError,
  GrantSyntaxError,
  JsonError,
  EncodingError,
  FileNotAllowedError,
  HttpStatusError,
  IsolateError,
  IsolateEndedError,
  ScriptSyntaxError,
  NotCloneableError,
];

const byName = new Map<string, ErrorClass>(CLASSES.map((made) => [made.className, made]));

/** The class for a type URL; undefined for a type that is not in the table. */
export function errorClass(type: string): ErrorClass | undefined {
  const row = errorRow(type);
  return row === undefined ? undefined : byName.get(row.name);
}
