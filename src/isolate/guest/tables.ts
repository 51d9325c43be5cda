/**
 * Tables that few guests need, and that are therefore not in the snapshot: their source is asked for and run when one is
 * first used. Powerless: the source is the package's own.
 */
import { tableSource } from './bridge.ts';

/** Taken before a guest can replace it; called by another name, it runs what it is given in the global scope. */
// biome-ignore lint/security/noGlobalEval: it runs the package's own tables, in the guest's own context.
const evaluate = globalThis.eval;

const loaded = new Map<string, { readonly [key: string]: unknown }>();

/** What the table's module exports. */
export function loadTable(name: 'cjk' | 'compression' | 'pattern' | 'tr46'): { readonly [key: string]: unknown } {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const table: unknown = evaluate(tableSource(name));
  if (typeof table !== 'object' || table === null) throw new TypeError(`the table ${name} can not be read`);
  const exported = { ...table };
  loaded.set(name, exported);
  return exported;
}
