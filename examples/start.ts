/**
 * `npm start`: starts the example API, runs quickstart.casp with a grant for it, and shows what the script prints. Ends
 * with the script's exit code.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startApi } from './api.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const api = await startApi(0);
const command = [`--allow-net=${api.host}`, '--lib=examples/lib', 'examples/quickstart.casp', `http://${api.host}`];
console.log(`$ caspian ${command.join(' ')}\n`);
const caspian = spawn(process.execPath, ['bin/caspian.cjs', ...command], { cwd: root, stdio: 'inherit' });
caspian.on('exit', (code) => {
  api.close();
  process.exitCode = code ?? 1;
});
