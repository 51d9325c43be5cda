/**
 * An error as plain data, for the way between threads. Crosses. What comes from the other side is hostile:
 * `fromRecord` takes only fields of the right type and a class of the table, and never throws.
 */
import { CaspianError, type ErrorDetails, errorClass, SocketError, type TimeoutPhase } from './classes.ts';

/** The fields that cross: all but `cause` and the stack. */
export type ErrorRecord = Readonly<Record<string, string | number | boolean>>;

const PHASES: ReadonlySet<unknown> = new Set<TimeoutPhase>([
  'dns',
  'connect',
  'tls',
  'request',
  'headers',
  'body',
  'read',
  'write',
  'accept',
]);

const DETAILS = Object.freeze([
  'host',
  'port',
  'operation',
  'hint',
  'phase',
  'reason',
  'retryAfter',
  'systemCode',
  'received',
  'status',
] as const);

/**
 * Any thrown value as a record, without the fields that are null: lists hold thousands. What is not one of ours becomes
 * `/socket` with a message that tells nothing of the host.
 */
export function toRecord(thrown: unknown): ErrorRecord {
  const error = thrown instanceof CaspianError ? thrown : new SocketError('the operation failed inside the kernel');
  const { type, message, retryable } = error;
  const record: Record<string, string | number | boolean> = { type, message, retryable };
  for (const name of DETAILS) {
    const value = error[name];
    if (value !== null) record[name] = value;
  }
  return record;
}

function isPhase(value: unknown): value is TimeoutPhase {
  return PHASES.has(value);
}

/** The error that a record stands for. A record that makes no sense becomes a SocketError that says so. */
export function fromRecord(raw: unknown): CaspianError {
  if (raw === null || typeof raw !== 'object') return new SocketError('an error arrived that can not be read');
  const read = (key: string): unknown => (Object.hasOwn(raw, key) ? Reflect.get(raw, key) : null);
  const text = (key: string): string | null => {
    const value = read(key);
    return typeof value === 'string' ? value : null;
  };
  const number = (key: string): number | null => {
    const value = read(key);
    return typeof value === 'number' ? value : null;
  };
  const phase = read('phase');
  const retryable = read('retryable');
  const details: ErrorDetails = {
    host: text('host'),
    port: number('port'),
    operation: text('operation'),
    hint: text('hint'),
    phase: isPhase(phase) ? phase : null,
    reason: text('reason'),
    retryAfter: number('retryAfter'),
    systemCode: text('systemCode'),
    received: number('received'),
    status: number('status'),
    ...(typeof retryable === 'boolean' ? { retryable } : {}),
  };
  const Class = errorClass(text('type') ?? '') ?? SocketError;
  return new Class(text('message') ?? 'no message', details);
}
