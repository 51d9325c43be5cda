/**
 * What all HTTP clients of one kernel share: the pool of connections, the clock, who we say we are. Trusted side.
 */
import type { CaspianError } from '../../errors/classes.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { By } from '../decision.ts';
import type { Resolve } from '../dial/resolve.ts';
import { type ClientConfig, readConfig } from './config.ts';
import type { Progress } from './download.ts';
import { InFlight } from './in-flight.ts';
import { Pool, type PoolOptions } from './pool.ts';
import type { Reading } from './reading.ts';

/** A header of a script's that was not sent. */
export interface DroppedHeader {
  readonly operation: 'fetch' | 'web_socket';
  /** Where the request went. */
  readonly host: string;
  readonly port: number;
  /** Its name, in lower case. */
  readonly header: string;
  readonly by: By | null;
}

export interface HttpKernelOptions extends PoolOptions {
  /** `caspian/<version>`, or what the host program wants to be called. */
  readonly userAgent: string;
  readonly clock?: Clock | undefined;
  readonly resolve?: Resolve | undefined;
  /** PEM: the host program's own authorities in place of the bundled ones. */
  readonly roots?: string | null | undefined;
  readonly onDropped?: ((dropped: DroppedHeader) => void) | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export class HttpKernel {
  /** Of what the host program asks for itself, among all that use the loop. */
  readonly owner = Symbol('host');
  readonly pool: Pool;
  readonly clock: Clock;
  readonly inFlight: InFlight;
  readonly userAgent: string;
  readonly roots: string | null;
  readonly onDropped: (dropped: DroppedHeader) => void;
  readonly onProgress: (progress: Progress) => void;
  /** Coded bodies that have come, and that nobody has read to their end yet. */
  readonly readings = new Set<Reading>();
  #plainConfig: ClientConfig | null = null;

  constructor(options: HttpKernelOptions) {
    this.pool = new Pool(options);
    this.clock = options.clock ?? systemClock;
    this.inFlight = new InFlight(this.clock);
    this.userAgent = options.userAgent;
    this.roots = options.roots ?? null;
    this.onDropped = options.onDropped ?? (() => {});
    this.onProgress = options.onProgress ?? (() => {});
  }

  /** Of every client without options: nets are made for each run of a script. */
  get plainConfig(): ClientConfig {
    this.#plainConfig ??= readConfig({}, { userAgent: this.userAgent, limitsMethods: false, underPolicy: false });
    return this.#plainConfig;
  }

  /** Closes every connection; what is under way fails with `reason`. */
  close(reason: CaspianError): void {
    this.pool.close(reason);
    for (const reading of this.readings) reading.over(null);
  }
}
