/**
 * One layer of a chain of grants: the flags, or one narrowing. Trusted side, pure. A layer knows nothing of the others.
 */
import type { Host } from '../address/host.ts';
import type { IpAddress } from '../address/ip.ts';
import { type GrantFlags, NO_RULES, type RuleList, readRules } from './input.ts';
import { FORBIDDEN_METHODS, type Narrowing, type NarrowOptions, readNarrowing } from './narrowing.ts';
import { matchesPath, readPath } from './paths.ts';
import { coversAllPorts, type Rule } from './rule.ts';
import { RuleTable } from './table.ts';
import type { DenialKind } from './verdict.ts';

/** Why a layer refuses. */
export interface LayerRefusal {
  readonly kind: DenialKind;
  readonly rule: Rule | null;
  /** In words, what the kind and the rule do not say. */
  readonly detail: string | null;
  /** `rate`: seconds until the next request has a chance. */
  readonly retryAfter?: number;
}

export interface RequestTarget {
  /** As it is sent; `WEBSOCKET` for a `ws:` or `wss:` URL, and only there. */
  readonly method: string;
  readonly url: URL;
}

/** RFC 6335 section 5.1 before RFC 2782: `_sip._tcp.` */
const SERVICE = /^_[a-z0-9-]{1,15}\._(?:tcp|udp|sctp|dccp)\./;
/** Any port will do where every rule covers all of them. */
const SOME_PORT = 1;

function refuse(kind: DenialKind, rule: Rule | null, detail: string | null = null): LayerRefusal {
  return { kind, rule, detail };
}

export class Layer {
  readonly kind: 'flags' | 'narrowing';
  readonly connect: RuleList;
  readonly deny: RuleList;
  readonly listen: RuleList;
  readonly dns: GrantFlags['dns'];
  readonly bounds: Narrowing;
  /** No sockets and no look-ups: they would go round what the layer says of requests. */
  readonly httpOnly: boolean;
  readonly #connect: RuleTable;
  readonly #listen: RuleTable;
  /** Deny rules that take a host away, and those that take away some of its ports. */
  readonly #deny: RuleTable;
  readonly #denyPorts: RuleTable;
  /** Whether some deny rule could match anything at all, and whether one could match a name. */
  readonly #denies: boolean;
  readonly #deniesNames: boolean;

  private constructor(kind: Layer['kind'], flags: GrantFlags, bounds: Narrowing) {
    this.kind = kind;
    this.connect = flags.connect;
    this.deny = flags.deny;
    this.listen = flags.listen;
    this.dns = flags.dns;
    this.bounds = bounds;
    this.httpOnly =
      bounds.methods !== undefined || bounds.paths !== undefined || bounds.httpsOnly === true || bounds.raw === false;
    this.#connect = RuleTable.of(flags.connect.rules);
    this.#listen = RuleTable.of(flags.listen.rules);
    this.#deny = RuleTable.of(flags.deny.rules.filter(coversAllPorts));
    this.#denyPorts = RuleTable.of(flags.deny.rules.filter((rule) => !coversAllPorts(rule)));
    this.#denies = flags.deny.rules.length > 0;
    this.#deniesNames = this.#deny.hasNames || this.#denyPorts.hasNames;
  }

  static flags(flags: GrantFlags): Layer {
    return new Layer('flags', flags, {});
  }

  static narrowing(rules: readonly string[], options?: NarrowOptions | null): Layer {
    const connect = { rules: readRules(rules, 'connect', 'narrow'), bare: false };
    const bounds = readNarrowing(options);
    const list = (given: readonly Rule[] | undefined) =>
      given === undefined ? NO_RULES : { rules: given, bare: false };
    const flags: GrantFlags = { connect, deny: list(bounds.deny), listen: list(bounds.listen), dns: 'granted' };
    return new Layer('narrowing', flags, bounds);
  }

  /** The deny rule that would refuse this to connect to, if it were granted. */
  denyingRule(host: Host, port: number): Rule | null {
    return findDeny(this.#deny, host, SOME_PORT) ?? findDeny(this.#denyPorts, host, port);
  }

  /** True if some deny rule speaks of addresses, and so binds what is dialled. */
  get bindsAddresses(): boolean {
    return this.#deny.hasAddresses || this.#denyPorts.hasAddresses;
  }

  /** The deny rule `*`, which takes away listening too. */
  get denyAllRule(): Rule | null {
    return this.#deny.findAny(SOME_PORT);
  }

  /** The rule that grants what refuseConnect or refuseListen lets pass. */
  grantingRule(use: 'connect' | 'listen', host: Host, port: number): Rule | null {
    return (use === 'listen' ? this.#listen : this.#connect).find(host, port);
  }

  refuseConnect(host: Host, port: number): LayerRefusal | null {
    const allowed = this.#connect.find(host, port);
    if (allowed !== null && !(host.kind === 'name' ? this.#deniesNames : this.#denies)) return null;
    return this.#refuseConnect(host, port, allowed);
  }

  /** SECURITY: a deny rule wins over any rule that allows (test/properties/grants.test.ts, "deny always wins"). */
  #refuseConnect(host: Host, port: number, allowed: Rule | null): LayerRefusal | null {
    const denied = findDeny(this.#deny, host, SOME_PORT);
    if (denied !== null) return refuse('denied', denied);
    const closest = allowed ?? this.#connect.findHost(host);
    if (closest === null) return refuse('no_grant', null);
    const deniedPort = findDeny(this.#denyPorts, host, port);
    if (deniedPort !== null) return refuse('denied_port', deniedPort);
    return allowed === null ? refuse('port', closest) : null;
  }

  /** A socket: what connects, and is not bound to HTTP. */
  refuseRaw(host: Host, port: number): LayerRefusal | null {
    return this.refuseConnect(host, port) ?? (this.httpOnly ? refuse('raw', null) : null);
  }

  /** An answer to an address that has been heard or sent to: no rule has to cover it, but a deny rule still wins. */
  refuseAnswer(host: Host, port: number): LayerRefusal | null {
    const denied = findDeny(this.#deny, host, SOME_PORT);
    if (denied !== null) return refuse('denied', denied);
    const deniedPort = findDeny(this.#denyPorts, host, port);
    if (deniedPort !== null) return refuse('denied_port', deniedPort);
    return this.httpOnly ? refuse('raw', null) : null;
  }

  /** Why no socket may be opened at all, wherever it would lead. */
  refuseAnyRaw(): LayerRefusal | null {
    return this.httpOnly ? refuse('raw', null) : null;
  }

  refuseListen(host: Host, port: number): LayerRefusal | null {
    const denied = this.denyAllRule;
    if (denied !== null) return refuse('denied', denied);
    if (this.#listen.find(host, port) !== null) return this.httpOnly ? refuse('raw', null) : null;
    const closest = this.#listen.findHost(host);
    return closest === null ? refuse('no_grant', null) : refuse('port', closest);
  }

  /** A look-up of a name, or of the name of an address. */
  refuseResolve(host: Host): LayerRefusal | null {
    if (this.dns === 'off') return refuse('no_dns', null);
    if (this.httpOnly) return refuse('raw', null);
    const base: Host = host.kind === 'name' ? { kind: 'name', text: host.text.replace(SERVICE, '') } : host;
    const denied = findDeny(this.#deny, host, SOME_PORT) ?? findDeny(this.#deny, base, SOME_PORT);
    if (denied !== null) return refuse('denied', denied);
    if (this.dns === 'any') return null;
    return (this.#connect.findHost(host) ?? this.#connect.findHost(base)) === null ? refuse('no_grant', null) : null;
  }

  /** An address that is about to be dialled for a target that was granted. */
  refuseAddress(ip: IpAddress, port: number): LayerRefusal | null {
    const rule = this.#deny.findAddress(ip, SOME_PORT) ?? this.#denyPorts.findAddress(ip, port);
    return rule === null ? null : refuse('address', rule);
  }

  refuseRequest(host: Host, port: number, request: RequestTarget): LayerRefusal | null {
    return this.refuseConnect(host, port) ?? this.#refuseBounds(request);
  }

  #refuseBounds({ method, url }: RequestTarget): LayerRefusal | null {
    const { methods, paths, httpsOnly } = this.bounds;
    if (httpsOnly === true && url.protocol !== 'https:' && url.protocol !== 'wss:') return refuse('https_only', null);
    if (methods !== undefined && !methods.includes(method)) return refuse('method', null, methods.join(', '));
    if (paths === undefined) return null;
    const reading = readPath(url.pathname);
    if ('refused' in reading) return refuse('path', null, reading.refused);
    return paths.some((pattern) => matchesPath(pattern, reading.path)) ? null : refuse('path', null, null);
  }
}

/** Methods that are sent by nobody, and the one that is not HTTP where the URL is. */
export function refuseMethod({ method, url }: RequestTarget): LayerRefusal | null {
  const isWebSocket = url.protocol === 'ws:' || url.protocol === 'wss:';
  if (FORBIDDEN_METHODS.includes(method.toUpperCase())) return refuse('forbidden_method', null);
  return isWebSocket === (method === 'WEBSOCKET') ? null : refuse('forbidden_method', null);
}

function findDeny(table: RuleTable, host: Host, port: number): Rule | null {
  if (host.kind === 'name') return table.hasNames ? table.find(host, port) : null;
  return table.findAddress(host.ip, port) ?? table.find(host, port);
}
