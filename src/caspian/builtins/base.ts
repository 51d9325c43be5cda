/** Base64 and hexadecimal digits. Powerless side. Strict: what is no encoding at all raises, and says where. */
import { fail } from '../runtime/errors.ts';
import { checkText } from '../runtime/limits.ts';
import { latin1Text } from './encodings.ts';

const PLAIN = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const URL_SAFE = `${PLAIN.slice(0, 62)}-_`;
const HEX = '0123456789abcdef';
const NONE = 255;

function codesOf(alphabet: string): Uint8Array {
  return Uint8Array.from(alphabet, (char) => char.charCodeAt(0));
}

const codes = { plain: codesOf(PLAIN), url: codesOf(URL_SAFE) };
const hexCodes = codesOf(HEX);
const PAD = 61;

/** Value of each character; both alphabets are read. */
const values = new Uint8Array(128).fill(NONE);
for (const alphabet of [PLAIN, URL_SAFE]) for (let at = 0; at < 64; at++) values[alphabet.charCodeAt(at)] = at;

/** `url` uses `-` and `_` and no padding. */
export function toBase64(bytes: Uint8Array, alphabet: 'plain' | 'url'): string {
  const digits = codes[alphabet];
  const rest = bytes.length % 3;
  const length = 4 * Math.ceil(bytes.length / 3);
  checkText(length);
  const out = new Uint8Array(length);
  for (let from = 0, to = 0; from < bytes.length; from += 3) {
    const group = ((bytes[from] ?? 0) << 16) | ((bytes[from + 1] ?? 0) << 8) | (bytes[from + 2] ?? 0);
    for (let shift = 18; shift >= 0; shift -= 6) out[to++] = digits[(group >> shift) & 63] ?? 0;
  }
  const surplus = rest === 0 ? 0 : 3 - rest;
  if (alphabet === 'url') return latin1Text(out.subarray(0, length - surplus));
  out.fill(PAD, length - surplus);
  return latin1Text(out);
}

/** White space between the digits is passed over; padding may be left out. */
export function fromBase64(text: string): Uint8Array {
  const digits = text.replace(/[ \t\r\n]/g, '').replace(/={1,2}$/, '');
  if (digits.length % 4 === 1) throw fail.encoding('this is no base64: a group of one digit is left over');
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let group = 0;
  let to = 0;
  for (let at = 0; at < digits.length; at++) {
    const value = values[digits.charCodeAt(at)] ?? NONE;
    if (value === NONE) throw fail.encoding(`this is no base64: '${digits.charAt(at)}' is no digit of it`);
    group = ((group << 6) | value) & 0xffffff;
    const bits = (at % 4) * 2;
    if (at % 4 > 0) bytes[to++] = (group >> (6 - bits)) & 255;
  }
  return bytes;
}

export function toHex(bytes: Uint8Array): string {
  checkText(bytes.length * 2);
  const out = new Uint8Array(bytes.length * 2);
  bytes.forEach((byte, at) => {
    out[2 * at] = hexCodes[byte >> 4] ?? 0;
    out[2 * at + 1] = hexCodes[byte & 15] ?? 0;
  });
  return latin1Text(out);
}

export function fromHex(text: string): Uint8Array {
  if (text.length % 2 === 1) throw fail.encoding('this is no hexadecimal text: a digit is left over');
  const wrong = /[^0-9a-fA-F]/.exec(text);
  if (wrong !== null) throw fail.encoding(`this is no hexadecimal text: '${wrong[0]}' is no digit of it`);
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at++) bytes[at] = Number.parseInt(text.slice(2 * at, 2 * at + 2), 16);
  return bytes;
}
