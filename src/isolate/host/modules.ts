/** What a guest imports. Trusted side; which file a specifier means, the launcher decides. */
import { toError } from './faults.ts';

/** Finds the module that `specifier` means in `referrer`. Throws an error whose message the guest may read. */
export type ModuleReader = (
  specifier: string,
  referrer: string,
) => Promise<{ readonly name: string; readonly source: string }>;

/** Answers [id, specifier, referrer] with [id, name, source, complaint]. `read` null: nothing can be imported. */
export async function answerImport(
  read: ModuleReader | null,
  [id, specifier, referrer]: readonly unknown[],
): Promise<readonly unknown[]> {
  try {
    if (read === null) throw new Error('this isolate can import nothing');
    const { name, source } = await read(String(specifier), String(referrer));
    return [id, name, source, null];
  } catch (thrown) {
    return [id, null, null, toError(thrown).message];
  }
}
