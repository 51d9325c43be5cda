/**
 * What a net and all that is narrowed from it share, made from the options that it was opened with. Trusted side.
 */
import { type Clock, systemClock } from './clock.ts';
import { type ProxyPlan, planProxy } from './dial/proxy.ts';
import { resolveBy, type Servers } from './dial/records.ts';
import type { Through } from './dial/tunnel.ts';
import { Files } from './files.ts';
import type { Progress } from './http/download.ts';
import { type DroppedHeader, HttpKernel } from './http/kernel.ts';
import type { CallPolicy } from './http/policy.ts';
import { type OpenNetOptions, readOpenOptions } from './net-options.ts';
import { tellAll } from './tell.ts';

export interface Shared extends Servers {
  readonly clock: Clock;
  readonly roots: string | null;
  readonly readAhead: number;
  readonly http: HttpKernel;
  readonly files: Files;
  readonly droppedHeaders: Set<(dropped: DroppedHeader) => void>;
  /** What stands over every call; undefined where grants alone decide. */
  readonly calls: CallPolicy | undefined;
  readonly proxyPlan: ProxyPlan | null;
  /** The host program's proxy, under the grants that it opened the net with. */
  readonly through: Through | null;
  /** Others share the connections: they outlast each net. */
  readonly inFamily: boolean;
  readonly progress: Set<(progress: Progress) => void>;
}

export function share(options: OpenNetOptions | undefined): Shared {
  const {
    clock: given,
    dnsServers,
    ca,
    userAgent,
    limits,
    allowFsRead,
    allowFsWrite,
    proxy,
    ...open
  } = readOpenOptions(options);
  const resolve = open.resolve ?? (dnsServers === null ? undefined : resolveBy(dnsServers));
  const clock = given ?? systemClock;
  const droppedHeaders: Shared['droppedHeaders'] = new Set();
  const onDropped = (dropped: DroppedHeader): void => tellAll(droppedHeaders, dropped);
  const {
    readAhead,
    idleConnections: maxIdle,
    connections: maxConnections,
    connectionsPerOrigin: maxPerOrigin,
  } = limits;
  const progress: Shared['progress'] = new Set();
  const onProgress = (step: Progress): void => tellAll(progress, step);
  const files = Files.granted({ allowFsRead, allowFsWrite });
  const http = new HttpKernel({
    clock,
    resolve,
    roots: ca,
    userAgent,
    maxIdle,
    maxConnections,
    maxPerOrigin,
    onDropped,
    onProgress,
  });
  const plain = { calls: undefined, inFamily: false, proxyPlan: planProxy(proxy), through: null };
  return { clock, resolve, dnsServers, roots: ca, readAhead, http, files, droppedHeaders, progress, ...plain };
}
