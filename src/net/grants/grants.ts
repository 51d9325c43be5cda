/**
 * What may be reached: an immutable chain of layers, the flags at the root and one layer for each narrowing.
 * Trusted side, pure. Every layer must allow; the one nearest the root that refuses decides the error.
 */
import { AddressNotAllowedError, ArgumentError, GrantSyntaxError, HostNotAllowedError } from '../../errors/classes.ts';
import { escapeText } from '../address/escape.ts';
import { type Host, readHost } from '../address/host.ts';
import type { IpAddress } from '../address/ip.ts';
import type { Target } from '../address/target.ts';
import { type Ask, denial } from './denial.ts';
import { formatChain, formatHeld, type GrantsFormat } from './format.ts';
import { type GrantsInput, readBounds, readFlags, readInput } from './input.ts';
import { Layer, type LayerRefusal, type RequestTarget, refuseMethod } from './layer.ts';
import type { NarrowOptions } from './narrowing.ts';
import { readPath } from './paths.ts';
import { speaksOfAddresses } from './rule.ts';
import { allowedBy, type Denied, refusedBy, type Verdict } from './verdict.ts';

/** A request's verdict. `path` is the very path to send in place of `url.pathname`: the one that was matched. */
export type RequestVerdict = Verdict & { readonly path: string };

/**
 * What a net may reach: rules of flags, and what narrowing has taken away since. Immutable: `narrow` gives new ones.
 */
export class Grants {
  /** The flags first. */
  readonly layers: readonly Layer[];
  #addressPolicy: string | null = null;

  private constructor(layers: readonly Layer[]) {
    this.layers = Object.freeze(layers);
  }

  /**
   * Grants as flags give them. Nothing given is nothing granted. Raises GrantSyntaxError, which names the flag, the rule
   * and the reason, for the first rule that can't be read.
   */
  static parse(raw: GrantsInput): Grants {
    const input = readInput(raw);
    const flags = Layer.flags(readFlags(input));
    return new Grants([flags, ...readBounds(input).map(boundsLayer)]);
  }

  /**
   * These grants and the rules: never more than either. `[]` grants nothing, `['*']` keeps all hosts; listening is
   * dropped unless `listen` says otherwise. Raises GrantSyntaxError for a bad rule or no list, ArgumentError for a bad
   * option.
   */
  narrow(rules: readonly string[], options?: NarrowOptions | null): Grants {
    return new Grants([...this.layers, Layer.narrowing(rules, options)]);
  }

  /** Returns if the flags would let this host and port be connected to; else raises HostNotAllowedError or PortNotAllowedError. */
  checkConnect(host: string, port: number): void {
    const target = this.#target('connect', host, port);
    const verdict = this.#refuseConnect(target);
    if (verdict !== null) throw denial(this, verdict, { operation: 'connect', use: 'connect', ...target });
  }

  /** As `refusal` with refuseConnect, the question that is asked most. */
  #refuseConnect({ host, port }: Target): Denied | null {
    const { layers } = this;
    for (let at = 0; at < layers.length; at++) {
      const refusal = layers[at]?.refuseConnect(host, port) ?? null;
      if (refusal !== null) return toDenied(refusal, at);
    }
    return null;
  }

  /** The same for listening. */
  checkListen(host: string, port: number): void {
    const target = this.#target('listen', host, port);
    const verdict = this.refusal((layer) => layer.refuseListen(target.host, target.port));
    if (verdict !== null) throw denial(this, verdict, { operation: 'listen', use: 'listen', ...target });
  }

  /**
   * Returns unless a deny rule forbids dialling this address (at this port; without one, a rule that names ports does
   * not count). Raises AddressNotAllowedError; also for text that is no address.
   */
  checkAddress(ip: string, port?: number): void {
    const target = this.#target('connect', ip, port ?? 0);
    if (target.host.kind === 'name') {
      throw new AddressNotAllowedError(`${escapeText(ip)} is no address`, { host: ip, operation: 'connect' });
    }
    const verdict = this.decideAddress(target, target.host.ip);
    if (verdict.kind !== 'allowed') {
      throw denial(this, verdict, { operation: 'connect', use: 'address', ...target, port: port ?? null });
    }
  }

  #target(operation: string, host: string, port: number): Target {
    const read = typeof host === 'string' ? readHost(host) : null;
    // What is no port is covered by no rule, so it is refused like any other that is not granted.
    if (read !== null) return { host: read, port: Number.isInteger(port) ? port : Number.NaN, written: host };
    const written = typeof host === 'string' ? host : null;
    throw new HostNotAllowedError(`${operation}: ${escapeText(host)} is no host`, { host: written, operation });
  }

  /** May this be connected to at all? Says nothing of sockets, for which `decideRaw` asks. */
  decideConnect(target: Target): Verdict {
    return this.#refuseConnect(target) ?? allowedBy(this.grantingRule({ use: 'connect', ...target }));
  }

  /** May a socket be connected to it? */
  decideRaw(target: Target): Verdict {
    const refused = this.refusal((layer) => layer.refuseRaw(target.host, target.port));
    return refused ?? allowedBy(this.grantingRule({ use: 'connect', ...target }));
  }

  /** May this be listened at? */
  decideListen(target: Target): Verdict {
    const refused = this.refusal((layer) => layer.refuseListen(target.host, target.port));
    return refused ?? allowedBy(this.grantingRule({ use: 'listen', ...target }));
  }

  /** May this name be looked up, or the name of this address? */
  decideResolve(host: Host): Verdict {
    return this.refusal((layer) => layer.refuseResolve(host)) ?? allowedBy(null);
  }

  /** May this address be dialled for a target that decideConnect allows? */
  decideAddress(target: Target, ip: IpAddress): Verdict {
    const refused = this.refusal((layer) => layer.refuseAddress(ip, target.port));
    return refused === null ? allowedBy(null) : { ...refused, address: ip.text };
  }

  /** May this request be made? Methods, paths and https count too. */
  decideRequest(target: Target, request: RequestTarget): RequestVerdict {
    const verdict =
      this.refusal((layer) => refuseMethod(request) ?? layer.refuseRequest(target.host, target.port, request)) ??
      allowedBy(this.grantingRule({ use: 'connect', ...target }));
    return { ...verdict, path: this.pathToSend(request.url) };
  }

  /** The path to send for a request that is allowed: in its canonical form wherever a layer has matched it. */
  pathToSend({ pathname }: URL): string {
    if (!this.layers.some(({ bounds }) => bounds.paths !== undefined)) return pathname;
    const reading = readPath(pathname);
    return 'path' in reading ? reading.path : pathname;
  }

  /** Puts a question to each layer, the flags first; the first refusal, or null if all allow. */
  refusal(ask: (layer: Layer, at: number) => LayerRefusal | null): Denied | null {
    const { layers } = this;
    for (let at = 0; at < layers.length; at++) {
      const layer = layers[at];
      const refusal = layer === undefined ? null : ask(layer, at);
      if (refusal !== null) return toDenied(refusal, at);
    }
    return null;
  }

  /** The rule of the flags that grants what no layer refuses, in canonical form; null for look-ups and addresses. */
  grantingRule({ use, host, port }: Pick<Ask, 'use' | 'host' | 'port'>): string | null {
    const [flags] = this.layers;
    if (flags === undefined || port === null || use === 'address') return null;
    return flags.grantingRule(use === 'listen' ? 'listen' : 'connect', host, port)?.text ?? null;
  }

  /** The effective grants, as the flags that would give them; what no flag can say stands beside them. */
  format(): GrantsFormat {
    return formatChain(this.layers);
  }

  /** What a holder other than the user may see: the last narrowing alone, nothing above it; nothing of the flags. */
  formatHeld(): GrantsFormat {
    return formatHeld(this.layers);
  }

  /** False if no layer could let any connect pass: nothing granted, or everything denied. */
  get anyConnect(): boolean {
    return this.layers.every((layer) => layer.connect.rules.length > 0 && layer.denyAllRule === null);
  }

  /** The same for listening. */
  get anyListen(): boolean {
    return this.layers.every((layer) => layer.listen.rules.length > 0 && layer.denyAllRule === null && !layer.httpOnly);
  }

  /** True if some deny rule speaks of addresses, so that what a name resolves to must be vetted. */
  get bindsAddresses(): boolean {
    return this.layers.some((layer) => layer.bindsAddresses);
  }

  /** Equal texts, equal vetting of addresses: all deny rules of the chain that speak of addresses, sorted. */
  get addressPolicy(): string {
    this.#addressPolicy ??= policyOf(this.layers);
    return this.#addressPolicy;
  }

  /** True if some layer bounds methods: a header that overrides the method must then be dropped. */
  get limitsMethods(): boolean {
    return this.layers.some(({ bounds }) => bounds.methods !== undefined);
  }

  /** True if some layer allows nothing but HTTP. */
  get httpOnly(): boolean {
    return this.layers.some((layer) => layer.httpOnly);
  }
}

function policyOf(layers: readonly Layer[]): string {
  const rules = layers.flatMap((layer) => layer.deny.rules).filter(speaksOfAddresses);
  return [...new Set(rules.map(({ text }) => text))].sort().join(' ');
}

/** A narrowing that keeps all hosts and listening. Raises GrantSyntaxError for options that can't be read. */
function boundsLayer(options: Readonly<Record<string, unknown>>): Layer {
  try {
    return Layer.narrowing(['*'], { ...options, listen: ['*'] });
  } catch (error) {
    if (error instanceof ArgumentError) throw new GrantSyntaxError(error.message.replace(/^narrow/, 'grants'));
    throw error;
  }
}

function toDenied({ kind, rule, detail, retryAfter }: LayerRefusal, layer: number): Denied {
  return refusedBy(kind, layer, { rule: rule?.text ?? null, detail, retryAfter: retryAfter ?? null });
}

export type { GrantsFormat, GrantsInput, NarrowOptions, RequestTarget };
