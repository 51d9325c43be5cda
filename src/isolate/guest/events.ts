/**
 * Event and EventTarget (DOM §2). Powerless. There is no tree: an event has one target. The global object is one too.
 */
import { DOMException } from './dom-exception.ts';
import { attributes, constants, dictionary, domString, hold, illegal, NONE } from './interface.ts';

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

interface Dispatch {
  type: string;
  target: object | null;
  phase: number;
  stopped: 'no' | 'after' | 'now';
  canceled: boolean;
  passive: boolean;
  trusted: boolean;
}

const started = Date.now();

/** What only this file may set on an event. */
const dispatches = new WeakMap<Event, Dispatch>();

function inside(event: Event): Dispatch {
  const found = dispatches.get(event);
  if (found === undefined) throw illegal();
  return found;
}

/** One for all events. */
const { get: isTrusted } = {
  get(this: Event): boolean {
    return inside(this).trusted;
  },
};
Object.defineProperty(isTrusted, 'name', { value: 'get isTrusted' });

export class Event {
  declare readonly bubbles: boolean;
  declare readonly cancelable: boolean;
  declare readonly composed: boolean;
  declare readonly timeStamp: number;
  declare readonly isTrusted: boolean;

  constructor(type: string, init: EventInit = NONE) {
    if (type === undefined) throw new TypeError('an Event needs a type');
    const { bubbles, cancelable, composed } = dictionary(init);
    dispatches.set(this, {
      type: domString(type),
      target: null,
      phase: 0,
      stopped: 'no',
      canceled: false,
      passive: false,
      trusted: false,
    });
    hold(this, {
      bubbles: Boolean(bubbles),
      cancelable: Boolean(cancelable),
      composed: Boolean(composed),
      timeStamp: Date.now() - started,
    });
    Object.defineProperty(this, 'isTrusted', { get: isTrusted, enumerable: true });
  }

  get type(): string {
    return inside(this).type;
  }

  get target(): object | null {
    return inside(this).target;
  }

  get srcElement(): object | null {
    return inside(this).target;
  }

  get currentTarget(): object | null {
    return inside(this).phase === 0 ? null : inside(this).target;
  }

  get eventPhase(): number {
    return inside(this).phase;
  }

  get defaultPrevented(): boolean {
    return inside(this).canceled;
  }

  get returnValue(): boolean {
    return !inside(this).canceled;
  }

  set returnValue(value: boolean) {
    if (!value) this.preventDefault();
  }

  get cancelBubble(): boolean {
    return inside(this).stopped !== 'no';
  }

  set cancelBubble(value: boolean) {
    const state = inside(this);
    if (value && state.stopped === 'no') state.stopped = 'after';
  }

  composedPath(): object[] {
    const { target, phase } = inside(this);
    return target === null || phase === 0 ? [] : [target];
  }

  preventDefault(): void {
    const state = inside(this);
    if (this.cancelable && !state.passive) state.canceled = true;
  }

  stopPropagation(): void {
    const state = inside(this);
    if (state.stopped === 'no') state.stopped = 'after';
  }

  stopImmediatePropagation(): void {
    inside(this).stopped = 'now';
  }

  initEvent(type: string, bubbles = false, cancelable = false): void {
    const state = inside(this);
    if (state.phase !== 0) return;
    Object.assign(state, { type: domString(type), target: null, stopped: 'no', canceled: false });
    hold(this, { bubbles: Boolean(bubbles), cancelable: Boolean(cancelable) });
  }
}
attributes(Event, 'bubbles', 'cancelable', 'composed', 'timeStamp');
constants(Event, { NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 });

/** Told of what a listener throws: nothing else would. */
let onThrown: (thrown: unknown) => void = () => {};

export function reportThrown(report: (thrown: unknown) => void): void {
  onThrown = report;
}

const listeners = new WeakMap<object, Map<string, readonly Kept[]>>();

/** Makes a target of an object that EventTarget did not make. */
export function becomeTarget(object: object): void {
  listeners.set(object, new Map());
}

function listenersOf(target: object): Map<string, readonly Kept[]> {
  const found = listeners.get(target);
  if (found === undefined) throw illegal();
  return found;
}

function captures(options: boolean | { readonly capture?: boolean } | undefined): boolean {
  return Boolean(typeof options === 'object' && options !== null ? options.capture : options);
}

export class EventTarget {
  constructor() {
    becomeTarget(this);
  }

  addEventListener(
    type: string,
    listener: Listener | null,
    options: boolean | ListenerOptions | undefined = undefined,
  ): void {
    const map = listenersOf(this);
    const { once, passive, signal } = typeof options === 'object' && options !== null ? options : {};
    if (signal === null) throw new TypeError('signal must be an AbortSignal');
    const capture = captures(options);
    if (listener === null || listener === undefined) return;
    if (typeof listener !== 'function' && typeof listener !== 'object') {
      throw new TypeError('the listener must be a function or an object');
    }
    if (signal?.aborted === true) return;
    const name = domString(type);
    const list = map.get(name) ?? [];
    if (list.some((kept) => kept.listener === listener && kept.capture === capture)) return;
    map.set(name, [...list, { listener, capture, once: Boolean(once), passive: Boolean(passive), removed: false }]);
    signal?.addEventListener('abort', () => forget(map, name, listener, capture));
  }

  removeEventListener(
    type: string,
    listener: Listener | null,
    options: boolean | { readonly capture?: boolean } | undefined = undefined,
  ): void {
    forget(listenersOf(this), domString(type), listener, captures(options));
  }

  /** Calls the listeners; false if one of them prevented the default. */
  dispatchEvent(event: Event): boolean {
    const map = listenersOf(this);
    if (!(event instanceof Event)) throw new TypeError('dispatchEvent takes an Event');
    const state = inside(event);
    if (state.phase !== 0) throw new DOMException('the event is being dispatched already', 'InvalidStateError');
    state.trusted = false;
    return dispatch(this, event, state, map);
  }
}

/** Dispatches an event that no code of the guest's made. False if a listener prevented the default. */
export function fire(target: object, event: Event): boolean {
  const state = inside(event);
  state.trusted = true;
  return dispatch(target, event, state, listenersOf(target));
}

function dispatch(target: object, event: Event, state: Dispatch, map: Map<string, readonly Kept[]>): boolean {
  state.target = target;
  state.phase = 2;
  // Two steps on the way of an event: those that capture, then the others.
  for (const capture of [true, false]) {
    for (const kept of state.stopped === 'no' ? (map.get(state.type) ?? []) : []) {
      if (kept.capture === capture && !kept.removed) invoke(kept, event, state, map);
      if (state.stopped === 'now') break;
    }
  }
  state.phase = 0;
  state.stopped = 'no';
  return !state.canceled;
}

function forget(map: Map<string, readonly Kept[]>, type: string, listener: Listener | null, capture: boolean): void {
  const list = map.get(type) ?? [];
  const found = list.find((kept) => kept.listener === listener && kept.capture === capture);
  if (found === undefined) return;
  found.removed = true;
  map.set(
    type,
    list.filter((kept) => kept !== found),
  );
}

function invoke(kept: Kept, event: Event, state: Dispatch, map: Map<string, readonly Kept[]>): void {
  const { listener, capture, once, passive } = kept;
  if (once) forget(map, state.type, listener, capture);
  state.passive = passive;
  try {
    if (typeof listener === 'function') Reflect.apply(listener, state.target, [event]);
    else {
      const { handleEvent } = listener;
      if (typeof handleEvent !== 'function') throw new TypeError('handleEvent must be a function');
      Reflect.apply(handleEvent, listener, [event]);
    }
  } catch (thrown) {
    onThrown(thrown);
  }
  state.passive = false;
}

/** Gives a class the attributes `onopen`, `onmessage` …: each is one more listener, in the place where it was first set. */
export function handlerAttributes(Class: { readonly prototype: object }, ...types: readonly string[]): void {
  for (const type of types) {
    const handlers = new WeakMap<object, { current: unknown }>();
    Object.defineProperty(Class.prototype, `on${type}`, {
      configurable: true,
      get(this: object) {
        listenersOf(this);
        return handlers.get(this)?.current ?? null;
      },
      set(this: object, value: unknown) {
        const map = listenersOf(this);
        const known = handlers.get(this);
        // HTML's [LegacyTreatNonObjectAsNull]: an object that can't be called is kept, and never called.
        const usable = typeof value === 'function' || typeof value === 'object' ? value : null;
        if (known !== undefined) known.current = usable;
        else if (usable !== null) {
          const slot: { current: unknown } = { current: usable };
          handlers.set(this, slot);
          const listener = (event: Event): void => {
            if (typeof slot.current !== 'function') return;
            if (Reflect.apply(slot.current, this, [event]) === false) event.preventDefault();
          };
          const kept = { listener, capture: false, once: false, passive: false, removed: false };
          map.set(type, [...(map.get(type) ?? []), kept]);
        }
      },
    });
  }
}
