/**
 * What is told when the last exchange of a call is over, and when its body has been read as well. Trusted side. It lives as
 * long as the response, and holds nothing of the request.
 */
import { tooLarge } from './body.ts';
import type { Exchange } from './exchange.ts';
import type { HttpKernel } from './kernel.ts';
import type { Operation, OperationWatcher } from './operation.ts';
import type { CallGuard } from './policy.ts';
import type { Reading } from './reading.ts';

export interface CallEndParts {
  readonly exchange: Exchange;
  readonly operation: Operation;
  readonly kernel: HttpKernel;
  readonly atEnd: (() => void) | undefined;
  readonly guard: CallGuard | undefined;
  /** Of a coded body; null for any other. */
  readonly reading: Reading | null;
  /** The most bytes of the body that its reader is given; null for no cap. */
  readonly maxBody: number | null;
  /** Of bodies that were sent before this exchange. */
  readonly bytesBefore: number;
}

export class EndWatcher implements OperationWatcher {
  readonly #parts: CallEndParts;

  constructor(parts: CallEndParts) {
    this.#parts = parts;
  }

  ended(error: unknown): void {
    const { atEnd, guard, exchange, reading, kernel, operation, maxBody } = this.#parts;
    atEnd?.();
    if (guard === undefined) return;
    if (error !== null || exchange.received === 0) this.#over(error);
    else if (reading !== null) {
      guard.arrived();
      reading.arrived(kernel.readings, operation.deadline, (failure) => this.#over(failure));
    }
    // What is over its cap is refused to whoever reads it, though all of it has come.
    else this.#over(maxBody !== null && exchange.received > maxBody ? tooLarge(maxBody) : null);
  }

  #over(error: unknown): void {
    const { guard, exchange, bytesBefore } = this.#parts;
    guard?.over({ error, bytesIn: exchange.received, bytesOut: bytesBefore + exchange.bodySent });
  }
}
