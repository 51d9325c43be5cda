/**
 * What the journal will say of one call, collected while it goes on. Trusted side. Never a query, a header or a body: they
 * may hold what is nobody's to read.
 */
import { CaspianError } from '../../errors/classes.ts';
import type { CallEnd } from '../../net/http/policy.ts';
import type { JournalRow, JournalVerdict } from '../journal/row.ts';
import { currentContext } from '../journal/telemetry.ts';
import { verdictOf } from '../policy/denial.ts';
import type { PolicyVerdict } from '../policy/verdict.ts';

const LONGEST_PATH = 1_024;

/** Codes of what the egress refuses; any other error is one of the way. */
const DENIALS: ReadonlySet<string> = new Set([
  'NET_HOST_NOT_ALLOWED',
  'NET_ADDRESS_NOT_ALLOWED',
  'NET_PORT_NOT_ALLOWED',
  'NET_REVOKED',
  'NET_BUDGET',
  'NET_RATE',
  'NET_LIMIT',
  'NET_AUTH',
]);

export interface RecordParts {
  readonly app: string;
  readonly method: string;
  readonly url: URL;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** By the kernel's clock. */
  readonly started: number;
}

export class CallRecord {
  readonly #parts: RecordParts;
  /** What the call belongs to in a trace. */
  readonly within = currentContext();
  /** In the form that rules are compared in; null before it is known. */
  host: string | null = null;
  status: number | null = null;
  address: string | null = null;
  cached = false;
  tries = 0;
  /** It has been written down. */
  noted = false;
  #verdict: PolicyVerdict | null = null;

  constructor(parts: RecordParts) {
    this.#parts = parts;
  }

  /** Where the call went first. */
  get url(): URL {
    return this.#parts.url;
  }

  /** What the policy said, of the last request. */
  decided(verdict: PolicyVerdict): void {
    this.#verdict = verdict;
  }

  /** `now`: by the kernel's clock. */
  row({ error, bytesIn, bytesOut }: CallEnd, now: number): JournalRow {
    const { app, method, url, at, started } = this.#parts;
    const code = codeOf(error);
    // A redirect is refused at the door, before it is decided for this call.
    const verdict = verdictOf(error) ?? this.#verdict;
    return {
      at,
      app,
      method,
      host: this.host ?? url.hostname,
      path: url.pathname.slice(0, LONGEST_PATH),
      status: this.status,
      error: code,
      address: this.address,
      ms: Math.round((now - started) * 100) / 100,
      bytesOut,
      bytesIn,
      cached: this.cached,
      tries: this.tries,
      verdict: journalVerdict(code, verdict),
      rule: verdict?.rule ?? null,
    };
  }
}

function journalVerdict(code: string | null, verdict: PolicyVerdict | null): JournalVerdict {
  if (code !== null) return DENIALS.has(code) ? 'denied' : 'error';
  return (verdict?.reported ?? null) === null ? 'ok' : 'reported';
}

function codeOf(error: unknown): string | null {
  if (error === null || error === undefined) return null;
  return error instanceof CaspianError ? error.code : 'ERROR';
}
