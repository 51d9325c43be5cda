/**
 * Event, EventTarget and the events of the web that a guest meets (DOM §2). Powerless. There is no tree: an event has
 * one target.
 */

type Listener = ((event: Event) => unknown) | { handleEvent(event: Event): unknown };

export interface ListenerOptions {
  readonly capture?: boolean;
  readonly once?: boolean;
  readonly passive?: boolean;
  readonly signal?: { readonly aborted: boolean; addEventListener(type: string, listener: () => void): void };
}

interface Kept {
  readonly listener: Listener;
  readonly capture: boolean;
  readonly once: boolean;
  readonly passive: boolean;
  removed: boolean;
}

export interface EventInit {
  readonly bubbles?: boolean;
  readonly cancelable?: boolean;
  readonly composed?: boolean;
}

const started = Date.now();

/** What only this file may set on an event. */
const internals = new WeakMap<
  Event,
  { target: EventTarget | null; phase: number; stopped: boolean; passive: boolean }
>();

function inside(event: Event) {
  const found = internals.get(event);
  if (found === undefined) throw new TypeError('Illegal invocation');
  return found;
}

export class Event {
  static readonly NONE = 0;
  static readonly CAPTURING_PHASE = 1;
  static readonly AT_TARGET = 2;
  static readonly BUBBLING_PHASE = 3;
  readonly NONE = 0;
  readonly CAPTURING_PHASE = 1;
  readonly AT_TARGET = 2;
  readonly BUBBLING_PHASE = 3;
  readonly type: string;
  readonly bubbles: boolean;
  readonly cancelable: boolean;
  readonly composed: boolean;
  readonly timeStamp: number = Date.now() - started;
  readonly isTrusted = false;
  cancelBubble = false;
  #canceled = false;

  constructor(type: string, init: EventInit = {}) {
    if (type === undefined) throw new TypeError('an Event needs a type');
    this.type = String(type);
    this.bubbles = Boolean(init?.bubbles);
    this.cancelable = Boolean(init?.cancelable);
    this.composed = Boolean(init?.composed);
    internals.set(this, { target: null, phase: 0, stopped: false, passive: false });
  }

  get target(): EventTarget | null {
    return inside(this).target;
  }

  get srcElement(): EventTarget | null {
    return inside(this).target;
  }

  get currentTarget(): EventTarget | null {
    return inside(this).phase === 0 ? null : inside(this).target;
  }

  get eventPhase(): number {
    return inside(this).phase;
  }

  get defaultPrevented(): boolean {
    return this.#canceled;
  }

  get returnValue(): boolean {
    return !this.#canceled;
  }

  set returnValue(value: boolean) {
    if (!value) this.preventDefault();
  }

  composedPath(): EventTarget[] {
    const { target, phase } = inside(this);
    return target === null || phase === 0 ? [] : [target];
  }

  preventDefault(): void {
    if (this.cancelable && !inside(this).passive) this.#canceled = true;
  }

  stopPropagation(): void {
    this.cancelBubble = true;
  }

  stopImmediatePropagation(): void {
    this.cancelBubble = true;
    inside(this).stopped = true;
  }

  initEvent(): void {
    throw new TypeError('initEvent is not supported: use the constructor');
  }
}

/** Told of what a listener throws: nothing else would. */
let onThrown: (thrown: unknown) => void = () => {};

export function reportThrown(report: (thrown: unknown) => void): void {
  onThrown = report;
}

export class EventTarget {
  readonly #kept = new Map<string, Kept[]>();

  addEventListener(type: string, listener: Listener | null, options?: boolean | ListenerOptions): void {
    if (listener === null || listener === undefined) return;
    if (typeof listener !== 'function' && typeof listener !== 'object') {
      throw new TypeError('the listener must be a function or an object');
    }
    const given = typeof options === 'object' && options !== null ? options : { capture: Boolean(options) };
    if (given.signal?.aborted === true) return;
    const capture = Boolean(given.capture);
    const list = this.#kept.get(String(type)) ?? [];
    if (list.some((kept) => kept.listener === listener && kept.capture === capture)) return;
    const passive = Boolean(given.passive);
    this.#kept.set(String(type), [...list, { listener, capture, once: Boolean(given.once), passive, removed: false }]);
    given.signal?.addEventListener('abort', () => this.removeEventListener(type, listener, { capture }));
  }

  removeEventListener(
    type: string,
    listener: Listener | null,
    options?: boolean | { readonly capture?: boolean },
  ): void {
    const capture = typeof options === 'object' && options !== null ? Boolean(options.capture) : Boolean(options);
    const list = this.#kept.get(String(type)) ?? [];
    const found = list.find((kept) => kept.listener === listener && kept.capture === capture);
    if (found === undefined) return;
    found.removed = true;
    this.#kept.set(
      String(type),
      list.filter((kept) => kept !== found),
    );
  }

  /** Calls the listeners; false if one of them prevented the default. */
  dispatchEvent(event: Event): boolean {
    if (!(event instanceof Event)) throw new TypeError('dispatchEvent takes an Event');
    const state = inside(event);
    if (state.phase !== 0) throw new TypeError('the event is being dispatched already');
    state.target = this;
    state.phase = 2;
    const list = this.#kept.get(event.type) ?? [];
    for (const kept of [...list.filter((k) => k.capture), ...list.filter((k) => !k.capture)]) {
      if (kept.removed) continue;
      if (kept.once) this.removeEventListener(event.type, kept.listener, { capture: kept.capture });
      state.passive = kept.passive;
      try {
        if (typeof kept.listener === 'function') kept.listener.call(this, event);
        else kept.listener.handleEvent(event);
      } catch (thrown) {
        onThrown(thrown);
      }
      state.passive = false;
      if (state.stopped) break;
    }
    state.phase = 0;
    state.stopped = false;
    return !event.defaultPrevented;
  }
}

/** Gives a class the attributes `onopen`, `onmessage` …: each is one more listener, in the place where it was first set. */
export function handlerAttributes(Class: { readonly prototype: EventTarget }, ...types: readonly string[]): void {
  for (const type of types) {
    const handlers = new WeakMap<EventTarget, { current: unknown }>();
    Object.defineProperty(Class.prototype, `on${type}`, {
      configurable: true,
      enumerable: true,
      get(this: EventTarget) {
        return handlers.get(this)?.current ?? null;
      },
      set(this: EventTarget, value: unknown) {
        const known = handlers.get(this);
        const usable = typeof value === 'function' ? value : null;
        if (known !== undefined) known.current = usable;
        else if (usable !== null) {
          const slot: { current: unknown } = { current: usable };
          handlers.set(this, slot);
          this.addEventListener(type, (event) => {
            if (typeof slot.current === 'function') Reflect.apply(slot.current, this, [event]);
          });
        }
      },
    });
  }
}

export class CustomEvent extends Event {
  readonly detail: unknown;

  constructor(type: string, init: EventInit & { readonly detail?: unknown } = {}) {
    super(type, init);
    this.detail = init?.detail ?? null;
  }
}

interface MessageInit extends EventInit {
  readonly data?: unknown;
  readonly origin?: string;
  readonly lastEventId?: string;
  readonly source?: object | null;
  readonly ports?: readonly object[];
}

export class MessageEvent extends Event {
  readonly data: unknown;
  readonly origin: string;
  readonly lastEventId: string;
  readonly source: object | null;
  readonly ports: readonly object[];

  constructor(type: string, init: MessageInit = {}) {
    super(type, init);
    this.data = init?.data ?? null;
    this.origin = String(init?.origin ?? '');
    this.lastEventId = String(init?.lastEventId ?? '');
    this.source = init?.source ?? null;
    this.ports = Object.freeze([...(init?.ports ?? [])]);
  }
}

interface ErrorInit extends EventInit {
  readonly message?: string;
  readonly filename?: string;
  readonly lineno?: number;
  readonly colno?: number;
  readonly error?: unknown;
}

export class ErrorEvent extends Event {
  readonly message: string;
  readonly filename: string;
  readonly lineno: number;
  readonly colno: number;
  readonly error: unknown;

  constructor(type: string, init: ErrorInit = {}) {
    super(type, init);
    this.message = String(init?.message ?? '');
    this.filename = String(init?.filename ?? '');
    this.lineno = Number(init?.lineno ?? 0);
    this.colno = Number(init?.colno ?? 0);
    this.error = init?.error;
  }
}

interface CloseInit extends EventInit {
  readonly wasClean?: boolean;
  readonly code?: number;
  readonly reason?: string;
}

export class CloseEvent extends Event {
  readonly wasClean: boolean;
  readonly code: number;
  readonly reason: string;

  constructor(type: string, init: CloseInit = {}) {
    super(type, init);
    this.wasClean = Boolean(init?.wasClean);
    this.code = Number(init?.code ?? 0);
    this.reason = String(init?.reason ?? '');
  }
}

interface ProgressInit extends EventInit {
  readonly lengthComputable?: boolean;
  readonly loaded?: number;
  readonly total?: number;
}

export class ProgressEvent extends Event {
  readonly lengthComputable: boolean;
  readonly loaded: number;
  readonly total: number;

  constructor(type: string, init: ProgressInit = {}) {
    super(type, init);
    this.lengthComputable = Boolean(init?.lengthComputable);
    this.loaded = Number(init?.loaded ?? 0);
    this.total = Number(init?.total ?? 0);
  }
}

export class PromiseRejectionEvent extends Event {
  readonly promise: unknown;
  readonly reason: unknown;

  constructor(type: string, init: EventInit & { readonly promise: unknown; readonly reason?: unknown }) {
    super(type, init);
    if (init === undefined || !('promise' in init)) throw new TypeError('a PromiseRejectionEvent needs a promise');
    this.promise = init.promise;
    this.reason = init.reason;
  }
}
