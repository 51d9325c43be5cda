/**
 * What a script asks for, as a canonical host: a lower-case name, or an address. Trusted side, pure; the text is hostile.
 * One parser decides for everyone, WHATWG `URL`; the fast path takes only text that `URL` would leave as it is.
 */
import { domainToUnicode } from 'node:url';
import { ArgumentError } from '../../errors/classes.ts';
import { escapeText } from './escape.ts';
import { type IpAddress, parseIp } from './ip.ts';

/** `text` is canonical, so two hosts are the same if and only if kind and text are. An IPv6 text has no brackets. */
export type Host =
  | { readonly kind: 'name'; readonly text: string }
  | { readonly kind: 'ip'; readonly text: string; readonly ip: IpAddress };

/** RFC 1035 section 2.3.4, as text without the final dot. */
const LONGEST_NAME = 253;
const NAME = /^(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}$/;
/** WHATWG URL, "ends in a number": such a host is an IPv4 address or nothing. */
const NUMERIC_END = /(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$/;
/** ASCII that no host holds; `URL` would split at some, drop others. `%`, `[`, `]` and `:` are left for the callers. */
const NO_HOST = /[\p{Cc}\s!"#$&'()*+,/;<=>?@\\^`{|}~]/u;

/**
 * The host that `raw` names. IPv6 may stand in brackets or without. Throws ArgumentError for what is no host.
 */
export function parseHost(raw: string): Host {
  const host = typeof raw === 'string' ? readHost(raw) : null;
  if (host === null) throw new ArgumentError(`${escapeText(raw)} is no host`);
  return host;
}

/** What was read last of the texts that take longer to read: whoever asks for one mostly asks for it again. */
const asked: { raw: string; host: Host | null } = { raw: '', host: null };

/** As parseHost, but null for what is no host. */
export function readHost(raw: string): Host | null {
  if (isPlainName(raw)) return { kind: 'name', text: raw };
  if (raw === asked.raw) return asked.host;
  asked.host = readSlowly(raw);
  asked.raw = raw;
  return asked.host;
}

function readSlowly(raw: string): Host | null {
  if (raw.length === 0 || NO_HOST.test(raw)) return null;
  const ip = parseIp(raw);
  return ip === null ? readByUrl(raw) : { kind: 'ip', text: ip.text, ip };
}

function readByUrl(raw: string): Host | null {
  if (raw.startsWith('[') ? !raw.endsWith(']') : /[[\]:]/.test(raw)) return null;
  const url = URL.parse(`http://${raw}/`);
  if (url === null) return null;
  const { hostname } = url;
  const ip = parseIp(hostname.startsWith('[') ? hostname.slice(1, -1) : hostname);
  if (ip !== null) return { kind: 'ip', text: ip.text, ip };
  const text = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
  return isCanonicalName(text) ? { kind: 'name', text } : null;
}

function isCanonicalName(text: string): boolean {
  if (text.length > LONGEST_NAME || !NAME.test(text) || NUMERIC_END.test(text)) return false;
  return !text.includes('xn--') || hasSoundLabels(text);
}

/**
 * Node passes A-labels that UTS-46 refuses (an ASCII host is not decoded at all). They are sound if each decodes to
 * something that is not ASCII, and if encoding the whole again gives the same name.
 */
function hasSoundLabels(text: string): boolean {
  const labels = text.split('.').map((label) => (label.startsWith('xn--') ? domainToUnicode(label) : label));
  if (labels.some((label) => label.startsWith('xn--'))) return false;
  return URL.parse(`http://${labels.join('.')}/`)?.hostname === text;
}

/** A host as it stands before a port, in a URL or a rule: IPv6 in brackets. */
export function hostText(host: Host): string {
  return host.kind === 'ip' && host.ip.family === 6 ? `[${host.text}]` : host.text;
}

const DOT = 0x2e;
const PLAIN = new Uint8Array(128);
for (const character of 'abcdefghijklmnopqrstuvwxyz0123456789_-') PLAIN[character.charCodeAt(0)] = 1;

/**
 * True only for text that is its own canonical form and that `URL` need not see: labels of `[a-z0-9_-]`, none an
 * A-label, the last beginning with a letter (so that it is no number, decimal or hex).
 */
function isPlainName(text: string): boolean {
  const { length } = text;
  if (length === 0 || length > LONGEST_NAME) return false;
  let start = 0;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (at === start || at - start > 63) return false;
      start = at + 1;
    } else if (code > 127 || PLAIN[code] === 0) return false;
  }
  if (length === start || length - start > 63) return false;
  const first = text.charCodeAt(start);
  return first >= 0x61 && first <= 0x7a && !text.includes('xn--');
}
