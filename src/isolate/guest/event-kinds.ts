/** The events that carry something (DOM, HTML, WebSockets, XMLHttpRequest). Powerless. */
import { Event, type EventInit } from './events.ts';
import { attributes, dictionary, domString, held, hold, NONE } from './interface.ts';

interface CustomInit extends EventInit {
  readonly detail?: unknown;
}

export class CustomEvent extends Event {
  declare readonly detail: unknown;

  constructor(type: string, init: CustomInit = NONE) {
    super(type, init);
    hold(this, { detail: dictionary(init).detail ?? null });
  }

  initCustomEvent(type: string, bubbles = false, cancelable = false, detail: unknown = null): void {
    held(this, 'detail');
    if (this.eventPhase !== 0) return;
    this.initEvent(type, bubbles, cancelable);
    hold(this, { detail });
  }
}
attributes(CustomEvent, 'detail');

interface MessageInit extends EventInit {
  readonly data?: unknown;
  readonly origin?: string;
  readonly lastEventId?: string;
  readonly source?: object | null;
  readonly ports?: readonly object[];
}

export class MessageEvent extends Event {
  declare readonly data: unknown;
  declare readonly ports: readonly object[];

  constructor(type: string, init: MessageInit = NONE) {
    super(type, init);
    const { data = null, origin = '', lastEventId = '', source = null, ports = [] } = dictionary(init);
    hold(this, {
      data,
      origin: domString(origin),
      lastEventId: domString(lastEventId),
      source,
      ports: Object.freeze([...ports]),
    });
  }

  initMessageEvent(
    type: string,
    bubbles = false,
    cancelable = false,
    data: unknown = null,
    origin = '',
    lastEventId = '',
    source: object | null = null,
    ports: readonly object[] = [],
  ): void {
    held(this, 'data');
    if (this.eventPhase !== 0) return;
    this.initEvent(type, bubbles, cancelable);
    hold(this, {
      data,
      origin: domString(origin),
      lastEventId: domString(lastEventId),
      source,
      ports: Object.freeze([...ports]),
    });
  }
}
attributes(MessageEvent, 'data', 'origin', 'lastEventId', 'source', 'ports');

interface ErrorInit extends EventInit {
  readonly message?: string;
  readonly filename?: string;
  readonly lineno?: number;
  readonly colno?: number;
  readonly error?: unknown;
}

export class ErrorEvent extends Event {
  constructor(type: string, init: ErrorInit = NONE) {
    super(type, init);
    const { message = '', filename = '', lineno = 0, colno = 0, error } = dictionary(init);
    hold(this, {
      message: domString(message),
      filename: domString(filename),
      lineno: lineno >>> 0,
      colno: colno >>> 0,
      error,
    });
  }
}
attributes(ErrorEvent, 'message', 'filename', 'lineno', 'colno', 'error');

interface CloseInit extends EventInit {
  readonly wasClean?: boolean;
  readonly code?: number;
  readonly reason?: string;
}

export class CloseEvent extends Event {
  constructor(type: string, init: CloseInit = NONE) {
    super(type, init);
    const { wasClean, code = 0, reason = '' } = dictionary(init);
    hold(this, { wasClean: Boolean(wasClean), code: code & 0xffff, reason: domString(reason) });
  }
}
attributes(CloseEvent, 'wasClean', 'code', 'reason');

interface ProgressInit extends EventInit {
  readonly lengthComputable?: boolean;
  readonly loaded?: number;
  readonly total?: number;
}

export class ProgressEvent extends Event {
  constructor(type: string, init: ProgressInit = NONE) {
    super(type, init);
    const { lengthComputable, loaded = 0, total = 0 } = dictionary(init);
    hold(this, { lengthComputable: Boolean(lengthComputable), loaded: Number(loaded), total: Number(total) });
  }
}
attributes(ProgressEvent, 'lengthComputable', 'loaded', 'total');

interface RejectionInit extends EventInit {
  readonly promise: unknown;
  readonly reason?: unknown;
}

export class PromiseRejectionEvent extends Event {
  constructor(type: string, init: RejectionInit) {
    super(type, init);
    const { promise, reason } = dictionary(init);
    if (promise === undefined) throw new TypeError('a PromiseRejectionEvent needs a promise');
    hold(this, { promise, reason });
  }
}
attributes(PromiseRejectionEvent, 'promise', 'reason');
