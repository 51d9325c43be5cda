/** Rows of a journal for tests: a call that went well, unless a test says otherwise. */
import type { JournalRow } from '../../src/egress/journal/row.ts';

export function journalRow(more: Partial<JournalRow> = {}): JournalRow {
  return {
    at: 1_000,
    app: 'a',
    method: 'GET',
    host: 'x.test',
    path: '/',
    status: 200,
    error: null,
    address: '203.0.113.9',
    ms: 12.5,
    bytesOut: 0,
    bytesIn: 3,
    cached: false,
    tries: 1,
    verdict: 'ok',
    rule: 'allow x.test',
    ...more,
  };
}

export function denialRow(more: Partial<JournalRow> = {}): JournalRow {
  return journalRow({ status: null, error: 'NET_HOST_NOT_ALLOWED', address: null, verdict: 'denied', ...more });
}
