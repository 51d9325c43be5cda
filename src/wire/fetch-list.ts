/**
 * The list of `fetch_all`, as both sides read it. Pure. A script's side hands it over in pieces, and takes the results in
 * pieces: what one message asks for, and what its answer takes to write, holds the event loop that all scripts share.
 */
import { ArgumentError } from '../errors/classes.ts';

/** Most requests of one call. */
export const MAX_REQUESTS = 100_000;
/** Most of them in one message, and most results in one answer. */
export const PIECE_REQUESTS = 50;
/** Most that were handed over and whose results were not taken: all that may run at once, and as many more. */
export const WINDOW_REQUESTS = 2_000;

/** A URL, or one with the options of its request. */
export type FetchItem = string | { readonly url: string };

/** Raises ArgumentError, before anything is sent, for what is no such list. */
export function readFetchList(list: unknown): readonly FetchItem[] {
  if (!Array.isArray(list)) throw new ArgumentError('fetch_all takes a list of URLs, or of {url:, ...}');
  if (list.length > MAX_REQUESTS) throw new ArgumentError(`fetch_all takes at most ${MAX_REQUESTS} requests at once`);
  // With the holes of a sparse list, which `map` leaves out.
  return Array.from(list, readItem);
}

function readItem(item: unknown, at: number): FetchItem {
  if (typeof item === 'string') return item;
  if (typeof item === 'object' && item !== null && 'url' in item) {
    const { url } = item;
    if (typeof url === 'string') return { ...item, url };
  }
  throw new ArgumentError(`fetch_all: element ${at} is neither a URL nor {url:, ...}`);
}
