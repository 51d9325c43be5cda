/**
 * One class for each row of the table. Crosses between script and kernel: what an error carries is plain data,
 * so that it arrives on the other side as the same class with the same fields, less `cause` and stack.
 * Programs match on `code` or `type`; `instanceof` holds within one thread.
 */
import { errorRow, errorRowNamed } from './table.ts';

/** The phase in which a time-out struck. */
export type TimeoutPhase = 'dns' | 'connect' | 'tls' | 'request' | 'headers' | 'body' | 'read' | 'write' | 'accept';

/** What an error carries beside its message. Every field is optional and is null where it does not apply. */
export interface ErrorDetails {
  /** The host as the caller wrote it. */
  readonly host?: string | null;
  readonly port?: number | null;
  /** What was being done: `connect`, `listen`, `fetch`, `recv` … */
  readonly operation?: string | null;
  /** Overrides the table's default. */
  readonly retryable?: boolean;
  /** What the reader can do about it, in one line; never a secret or a path of the host. */
  readonly hint?: string | null;
  /** Kept on the side where the error was made; never crosses. */
  readonly cause?: unknown;
  /** TimeoutError. */
  readonly phase?: TimeoutPhase | null;
  /** DnsFailureError, TlsError: which failure, as a word or in words. */
  readonly reason?: string | null;
  /** RateLimitedError, LimitReachedError: seconds until a try has a chance. */
  readonly retryAfter?: number | null;
  /** SocketError: the code of the system, such as EADDRINUSE. */
  readonly systemCode?: string | null;
  /** ConnectionResetError of a read with a fixed size: how many bytes had come. */
  readonly received?: number | null;
  /** HttpStatusError. */
  readonly status?: number | null;
}

/** The root of every error of this package. `type` is the URL of its class in Caspian. */
export class CaspianError extends Error {
  readonly type: string;
  readonly code: string;
  readonly host: string | null;
  readonly port: number | null;
  readonly operation: string | null;
  readonly retryable: boolean;
  readonly hint: string | null;
  readonly phase: TimeoutPhase | null;
  readonly reason: string | null;
  readonly retryAfter: number | null;
  readonly systemCode: string | null;
  readonly received: number | null;
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

export class NetworkError extends CaspianError {
  static override get className(): string {
    return 'NetworkError';
  }
}

export class HostNotAllowedError extends NetworkError {
  static override get className(): string {
    return 'HostNotAllowedError';
  }
}

export class AddressNotAllowedError extends HostNotAllowedError {
  static override get className(): string {
    return 'AddressNotAllowedError';
  }
}

export class PortNotAllowedError extends NetworkError {
  static override get className(): string {
    return 'PortNotAllowedError';
  }
}

export class RevokedError extends NetworkError {
  static override get className(): string {
    return 'RevokedError';
  }
}

export class BudgetExhaustedError extends NetworkError {
  static override get className(): string {
    return 'BudgetExhaustedError';
  }
}

export class RateLimitedError extends NetworkError {
  static override get className(): string {
    return 'RateLimitedError';
  }
}

export class LimitReachedError extends NetworkError {
  static override get className(): string {
    return 'LimitReachedError';
  }
}

export class TooLargeError extends NetworkError {
  static override get className(): string {
    return 'TooLargeError';
  }
}

export class SecretNotAllowedError extends NetworkError {
  static override get className(): string {
    return 'SecretNotAllowedError';
  }
}

export class TimeoutError extends NetworkError {
  static override get className(): string {
    return 'TimeoutError';
  }
}

export class ConnectionRefusedError extends NetworkError {
  static override get className(): string {
    return 'ConnectionRefusedError';
  }
}

export class ConnectionResetError extends NetworkError {
  static override get className(): string {
    return 'ConnectionResetError';
  }
}

export class DnsFailureError extends NetworkError {
  static override get className(): string {
    return 'DnsFailureError';
  }
}

export class TlsError extends NetworkError {
  static override get className(): string {
    return 'TlsError';
  }
}

export class ProtocolError extends NetworkError {
  static override get className(): string {
    return 'ProtocolError';
  }
}

export class SocketError extends NetworkError {
  static override get className(): string {
    return 'SocketError';
  }
}

export class ArgumentError extends CaspianError {
  static override get className(): string {
    return 'ArgumentError';
  }
}

export class GrantSyntaxError extends CaspianError {
  static override get className(): string {
    return 'GrantSyntaxError';
  }
}

export class JsonError extends CaspianError {
  static override get className(): string {
    return 'JsonError';
  }
}

export class EncodingError extends CaspianError {
  static override get className(): string {
    return 'EncodingError';
  }
}

export class FileNotAllowedError extends CaspianError {
  static override get className(): string {
    return 'FileNotAllowedError';
  }
}

export class HttpStatusError extends CaspianError {
  static override get className(): string {
    return 'HttpStatusError';
  }
}

export class IsolateError extends CaspianError {
  static override get className(): string {
    return 'IsolateError';
  }
}

export class IsolateEndedError extends IsolateError {
  static override get className(): string {
    return 'IsolateEndedError';
  }
}

export class ScriptSyntaxError extends IsolateError {
  static override get className(): string {
    return 'ScriptSyntaxError';
  }
}

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
