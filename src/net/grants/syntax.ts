/**
 * The syntax of rules: text to rule, or the reason why not and what to write instead. Trusted side, pure; a rule may
 * come from a script (`narrow`), so no text may crash this or be read in two ways.
 */
import { readCidr } from '../address/cidr.ts';
import { readHost } from '../address/host.ts';
import { parseIp } from '../address/ip.ts';
import { isSetName, SET_NAMES } from '../address/sets.ts';
import { allPorts, HIGHEST_PORT, makeRule, type Pattern, type Ports, type Rule, type RuleUse } from './rule.ts';

/** Why a text is no rule. The reason follows the text in a sentence: `"x" is …`. */
export interface Refusal {
  readonly refused: string;
  readonly hint: string | null;
}

function refuse(refused: string, hint: string | null = null): Refusal {
  return { refused, hint };
}

/** Far above any host with ports; keeps a hostile rule from costing time. */
const LONGEST_RULE = 1024;
/** Words before a colon that are taken for a scheme, unless a port follows. */
const SCHEME = /^(?:https?|wss?|ftps?|ssh|tcp|udp|mailto|file|data|javascript|about|blob):[^0-9*]/i;
const LONGEST_SET = Math.max(...SET_NAMES.map((name) => name.length)) + 1;
/** What every rule consists of; anything else is refused or is a name beyond ASCII. */
const ORDINARY = /^[A-Za-z0-9._*:[\]/-]+$/;

/** The rule that `raw` is, or why it is none. Spaces around it are dropped. */
export function parseRule(raw: string, use: RuleUse): Rule | Refusal {
  const text = raw.startsWith(' ') || raw.endsWith(' ') ? raw.replace(/^ +| +$/g, '') : raw;
  if (text === '') return refuse('is empty', 'leave the comma out, or name a host');
  if (text.length > LONGEST_RULE) return refuse(`is longer than ${LONGEST_RULE} characters`);
  const odd = isOrdinary(text) ? null : refuseOddity(text);
  if (odd !== null) return odd;
  const parts = use === 'listen' && /^[0-9*-]+$/.test(text) ? { host: '*', ports: text } : splitPorts(text);
  if ('refused' in parts) return parts;
  const pattern = readPattern(parts.host, use);
  if ('refused' in pattern) return pattern;
  if (use === 'listen' && parts.ports === null) {
    const hint = [8080, 0].map((port) => makeRule(use, pattern, { from: port, to: port }).text);
    return refuse('names no port to listen on', `write ${hint.join(', or for a port that the system picks ')}`);
  }
  const ports = parts.ports === null ? allPorts(use) : readPorts(parts.ports, use);
  return 'refused' in ports ? ports : makeRule(use, pattern, ports);
}

function isOrdinary(text: string): boolean {
  return ORDINARY.test(text) && !text.includes('//') && !(text.includes(':') && SCHEME.test(text));
}

/** What a character outside the ordinary ones says about the text. The order matters: a URL has a path too. */
const ODDITIES: readonly { readonly sign: RegExp; readonly refusal: (text: string) => Refusal }[] = [
  { sign: /[\s\p{Cc}]/u, refusal: () => refuse('holds white space or a control character') },
  {
    sign: /^[a-z][a-z0-9+.-]*:\/\//i,
    refusal: (text) => refuse('is a URL; a rule is a host, with ports or without', hostHint(text)),
  },
  {
    sign: SCHEME,
    refusal: () => refuse('begins with a scheme; a rule is a host, with ports or without'),
  },
  { sign: /@/, refusal: () => refuse('holds user information; a rule is about a host', 'drop everything up to the @') },
  { sign: /\/\/|[\\#]/, refusal: () => refuse('holds a path; a rule is about a host') },
  { sign: /\?/, refusal: () => refuse('holds a ?, which is neither a query nor a glob here', 'only *. is a wildcard') },
  { sign: /[{}!|^]/, refusal: () => refuse('is a glob; only *. is a wildcard', 'write *.example.com') },
  { sign: /:.*%|%.*:/, refusal: () => refuse('holds a zone id (%…)', 'name the address without its interface') },
  { sign: /%/, refusal: () => refuse('is percent-encoded', 'write the host as it is') },
];

function refuseOddity(text: string): Refusal | null {
  return ODDITIES.find(({ sign }) => sign.test(text))?.refusal(text) ?? null;
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'ws:': '80', 'https:': '443', 'wss:': '443' };

/** `https://x/y` → `write x:443`. */
function hostHint(text: string): string {
  const url = URL.parse(text);
  if (url === null || url.hostname === '') return 'write the host alone';
  const port = url.port || DEFAULT_PORTS[url.protocol];
  return `write ${url.hostname}${port === undefined ? '' : `:${port}`}`;
}

interface Parts {
  readonly host: string;
  readonly ports: string | null;
}

/** Cuts the ports off. A host with colons of its own and with ports stands in brackets. */
function splitPorts(text: string): Parts | Refusal {
  if (text.startsWith('[')) return splitBrackets(text);
  if (/[[\]]/.test(text)) return refuse('has brackets inside; they go round an IPv6 address');
  const first = text.indexOf(':');
  if (first < 0) return { host: text, ports: null };
  if (first === text.lastIndexOf(':')) return { host: text.slice(0, first), ports: text.slice(first + 1) };
  return splitBareIpv6(text);
}

function splitBrackets(text: string): Parts | Refusal {
  const end = text.indexOf(']');
  if (end < 0) return refuse('opens a bracket that it does not close');
  const host = text.slice(1, end);
  const rest = text.slice(end + 1);
  if (!host.includes(':')) return refuse('has brackets around something that is no IPv6 address', 'drop the brackets');
  if (rest.startsWith('/')) return refuse('has its prefix length outside the brackets', `write [${host}${rest}]`);
  if (rest === '') return { host, ports: null };
  return rest.startsWith(':') ? { host, ports: rest.slice(1) } : refuse('has something after the bracket');
}

/**
 * `2001:db8::1:443` is an address that ends in 443, and what someone writes who means a port. Such a text is refused:
 * whichever it is, brackets say so.
 */
function splitBareIpv6(text: string): Parts | Refusal {
  const cut = text.lastIndexOf(':');
  const last = text.slice(cut + 1);
  const before = text.slice(0, cut);
  const [address = '', length] = before.split('/');
  if (/^(?:[0-9]{2,5}|[0-9]+-[0-9]+|\*)$/.test(last) && parseIp(address) !== null) {
    const hint = `write [${before}]:${last} for the port`;
    const whole = parseIp(text) === null ? '' : `, or [${text}] for the address that ends so`;
    return refuse('is IPv6 with a port but without brackets', `${hint}${whole}`);
  }
  if (length !== undefined) return refuse('is IPv6 with a port but without brackets', `write [${before}]:${last}`);
  return { host: text, ports: null };
}

function readPattern(host: string, use: RuleUse): Pattern | Refusal {
  if (host === '') return refuse('names no host');
  if (host.includes('*')) return readWildcard(host);
  if (host.includes('/')) return readNetwork(host);
  const ip = parseIp(host);
  if (ip !== null) return { kind: 'ip', ip };
  if (host.includes(':')) return refuse('is neither an IPv6 address nor a host with a port');
  if (/^[0-9]{1,5}(?:-[0-9]{1,5})?$/.test(host))
    return refuse('names ports and no host', `write *:${host} for any host`);
  const word = host.length <= LONGEST_SET ? host.toLowerCase().replace(/\.$/, '') : host;
  if (isSetName(word)) return use === 'deny' ? { kind: 'set', name: word } : refuseSet(word);
  return readName(host);
}

function refuseSet(word: string): Refusal {
  return refuse(
    'names a set of addresses; sets are for deny rules',
    `write --deny-net=${word} (sets: ${SET_NAMES.join(', ')})`,
  );
}

function readWildcard(host: string): Pattern | Refusal {
  if (host === '*') return { kind: 'any' };
  const below = host.slice(2);
  if (!host.startsWith('*.') || below.includes('*')) {
    return refuse('has a * that is neither the whole host nor the whole first label', 'write *.example.com');
  }
  const name = readHost(below);
  if (name?.kind === 'name') return { kind: 'below', name: name.text };
  const isAddress = name !== null || below.includes('/');
  return isAddress
    ? refuse('is a wildcard below an address', 'write a network, such as 10.0.0.0/8')
    : refuseName(below);
}

function readNetwork(host: string): Pattern | Refusal {
  const cut = host.indexOf('/');
  const address = host.slice(0, cut);
  const length = host.slice(cut + 1);
  const ip = parseIp(address);
  if (ip === null) {
    const name = readPattern(address, 'deny');
    if (!('refused' in name) || !/^[0-9]*$/.test(length)) return refuse('holds a path; a rule is about a host');
    return name;
  }
  const cidr = /^(?:0|[1-9][0-9]{0,2})$/.test(length) ? readCidr(ip, address, Number(length)) : null;
  if (cidr === null) return refuse('has a prefix length that is impossible', 'IPv4: /0 to /32, IPv6: /0 to /128');
  const isWhole = cidr.length === cidr.ip.words.length * 32;
  return isWhole ? { kind: 'ip', ip: cidr.ip } : { kind: 'cidr', cidr };
}

/** A name, strictly: what `URL` would turn into an address is refused, since not every reader would. */
function readName(text: string): Pattern | Refusal {
  const host = readHost(text);
  if (host === null) return refuseName(text);
  if (host.kind === 'name') {
    return /^[0-9]{1,5}-[0-9]{1,5}$/.test(host.text) ? refusePorts(host.text) : { kind: 'name', name: host.text };
  }
  return refuse(
    'is an IPv4 address in a form that programs read differently (octal, hex, short …)',
    `write it as four decimal numbers without leading zeros, such as ${host.text}`,
  );
}

/** A host could be called `8000-8100`, but whoever writes that in a rule means ports. */
function refusePorts(text: string): Refusal {
  return refuse('names ports and no host', `write *:${text} for any host`);
}

function refuseName(text: string): Refusal {
  if (/(?:^|\.)[0-9]+\.?$/.test(text)) return refuse('is no IPv4 address: four decimal numbers from 0 to 255');
  if (text.startsWith('.')) return refuse('begins with a dot', `write *${text} for the names below`);
  return refuse('is no host name', 'labels of letters, digits, - and _, 63 characters each, 253 in all');
}

function readPorts(text: string, use: RuleUse): Ports | Refusal {
  if (text === '*') return allPorts(use);
  if (text === '') return refuse('ends in a colon without a port', 'drop the colon for all ports');
  if (text.includes('/')) return refuse('holds a path; a rule is about a host');
  const read = /^([0-9]+)(?:-([0-9]+))?$/.exec(text);
  const first = read?.[1];
  if (read === null || first === undefined) {
    return refuse('has a port that is no number', 'a port is 443, 8000-8100 or *');
  }
  const last = read[2] ?? first;
  if (/^0./.test(first) || /^0./.test(last)) return refuse('has a port with leading zeros', 'write decimal digits');
  const ports = { from: Number(first), to: Number(last) };
  if (ports.from === 0 && ports.to === 0 && use === 'listen') return ports;
  if (ports.from > ports.to) return refuse('has a range that runs backwards', `write ${ports.to}-${ports.from}`);
  if (ports.from < 1 || ports.to > HIGHEST_PORT) return refuse('has a port out of range', portRange(use));
  return ports;
}

function portRange(use: RuleUse): string {
  return use === 'listen' ? 'ports are 1 to 65535, or 0 alone for one that the system picks' : 'ports are 1 to 65535';
}
