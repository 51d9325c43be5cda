/**
 * How numbers and names are written on the page. Names, hosts and paths are hostile: they are only ever text of a node,
 * and what can't be seen in them is written out.
 */
import { escapeText } from '../../../net/address/escape.ts';

/** The element with this id, of this kind. */
export function part<T extends Element>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${id}`);
  return found;
}

/** Text from outside, as it is shown. */
export const shown = escapeText;

/** An element with text from outside in it. */
export function textElement(tag: string, className: string, text: string): HTMLElement {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = shown(text);
  return element;
}

const DIGITS = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** A whole number, its digits in groups of three. */
export function whole(count: number): string {
  return DIGITS.format(count);
}

/** A rate, such as `1,000/min`. */
export function grouped(rate: string): string {
  return rate.replace(/^\d+/, (count) => whole(Number(count)));
}

export function milliseconds(ms: number | null): string {
  if (ms === null) return '–';
  if (ms >= 1_000 && ms % 1_000 === 0) return `${ms / 1_000} s`;
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  return `${ms < 10 && !Number.isInteger(ms) ? ms.toFixed(1) : Math.round(ms)} ms`;
}

export function bytes(count: number): string {
  if (count < 1_024) return `${count} B`;
  const [unit, size] = count < 1_048_576 ? ['KiB', 1_024] : ['MiB', 1_048_576];
  return `${(count / size).toFixed(1)} ${unit}`;
}

export function perSecond(count: number): string {
  return Number.isInteger(count) || count >= 10 ? whole(count) : count.toFixed(count < 1 ? 2 : 1);
}

export function clockTime(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const seconds = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${seconds}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}
