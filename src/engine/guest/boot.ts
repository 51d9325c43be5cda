/**
 * Where a script's thread begins: it loads the language, from a cache of compiled code if the launcher has one. Trusted
 * code in the script's thread, before any script. Reading the language anew takes longer than a short script does.
 */
import { createRequire, enableCompileCache, flushCompileCache } from 'node:module';
import { workerData } from 'node:worker_threads';

const cache: unknown = workerData;
if (typeof cache === 'string') enableCompileCache(cache);
createRequire(import.meta.url)('./script.cjs');
// The thread is ended from outside: what was compiled just now would not be written then.
if (typeof cache === 'string') flushCompileCache();
