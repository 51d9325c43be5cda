/**
 * Whether a certificate is for the host that was asked for. Trusted side; the certificate is the peer's word.
 * Stricter than Node's own check, as browsers are (RFC 9525): the subject's common name counts for nothing, and a
 * wildcard is the whole first label or no wildcard. OpenSSL does the matching.
 */
import type { X509Certificate } from 'node:crypto';
import { escapeText } from '../address/escape.ts';
import type { Host } from '../address/host.ts';

/** Says in words why the certificate is not for this host; null if it is. */
export function identityProblem(certificate: X509Certificate, host: Host): string | null {
  const matched =
    host.kind === 'ip'
      ? certificate.checkIP(host.text)
      : certificate.checkHost(host.text, { subject: 'never', wildcards: true, partialWildcards: false });
  if (matched !== undefined) return null;
  const names = certificate.subjectAltName;
  if (names === undefined)
    return `the certificate is not for ${host.text}: it names no host (a common name does not count)`;
  return `the certificate is not for ${host.text} but for ${someOf(splitNames(names))}`;
}

/** A peer can show thousands of names, and names of thousands of letters: an error is no place for them. */
const NAMES_SHOWN = 6;
const NAME_LETTERS = 100;

function someOf(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN).map((name) => {
    const whole = name.length <= NAME_LETTERS;
    return escapeText(whole ? name : `${name.slice(0, NAME_LETTERS)}…`);
  });
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

/** What `peerCert` tells of a certificate. */
export interface PeerCertificate {
  /** Distinguished names on one line: `C=ES, O=Example, CN=api.test`. */
  readonly subject: string;
  readonly issuer: string;
  /** SHA-256 of the whole certificate: upper-case hex, with colons. */
  readonly fingerprint256: string;
  /** ISO 8601, UTC; empty where the certificate says something else than a time. */
  readonly validFrom: string;
  readonly validUntil: string;
  /** As OpenSSL writes them: `DNS:api.test`, `IP Address:127.0.0.1`. */
  readonly sans: readonly string[];
  /** Hex. */
  readonly serial: string;
}

/** A certificate as plain data. */
export function describeCertificate(certificate: X509Certificate): PeerCertificate {
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    fingerprint256: certificate.fingerprint256,
    validFrom: isoTime(certificate.validFrom),
    validUntil: isoTime(certificate.validTo),
    sans: splitNames(certificate.subjectAltName ?? ''),
    serial: certificate.serialNumber,
  };
}

/** A peer that nobody verifies can show a certificate whose times are none. */
function isoTime(text: string): string {
  // By its text: of a time that is none, Node's Date is made of whatever lay in memory.
  const time = OPENSSL_TIME.test(text) ? new Date(text) : null;
  return time === null || Number.isNaN(time.getTime()) ? '' : time.toISOString();
}

function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ');
}

/** A name that holds a comma or a quote stands as a JSON string, so that none can pass for two: `DNS:"a, DNS:b"`. */
const ALT_NAME = /([^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g;

function splitNames(text: string): string[] {
  return Array.from(text.matchAll(ALT_NAME), ([, kind, name]) => `${kind}:${name}`);
}

/** `Jan  1 00:00:00 2001 GMT`: how OpenSSL prints a time. */
const OPENSSL_TIME = /^[A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} [0-9]{4} GMT$/;
