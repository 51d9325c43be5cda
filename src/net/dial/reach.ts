/**
 * The way to a target: straight, or through the proxy that everything goes through. Trusted side.
 */
import { type DialAsk, dial } from './dial.ts';
import type { Through, Tunnel } from './tunnel.ts';

/** As `dial`, through a proxy if there is one; the code for that is loaded only then. */
export async function reach(ask: DialAsk, through: Through | null): Promise<Tunnel> {
  if (through === null) return { connection: await dial(ask), named: false };
  const { dialThrough } = await import('./tunnel.ts');
  return await dialThrough(ask, through);
}
