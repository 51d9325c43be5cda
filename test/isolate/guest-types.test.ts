/** A guest in TypeScript compiles against the package's types of its globals, and what is wrong in it does not. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { typeCheck } from '../helpers/type-check.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const GUEST = `
NETWORK.on<{ x: number }>('compute', ({ x }) => NETWORK.send('result', x + 1));
const rows = await NETWORK.request<{ name: string }[]>('rows', { limit: 5 }, { timeout: 2 });
const status: number | undefined = net?.fetch('https://api.example.com/').status;
const response = await fetch('https://api.example.com/', { headers: { a: '1' } });
console.log(rows.map(({ name }) => name), status, argv[0], response.headers.get('a'));
addEventListener('error', (event) => event.preventDefault());
// @ts-expect-error
NETWORK.send();
// @ts-expect-error
net.fetch('https://api.example.com/');
// @ts-expect-error
document.title;
export {};
`;

it('the types of a guest', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'caspian-guest-types-'));
  try {
    writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
    writeFileSync(join(folder, 'guest.ts'), GUEST);
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: join(root, 'tsconfig.base.json'),
        compilerOptions: {
          lib: ['es2024', 'webworker'],
          types: [],
          paths: { 'caspian-net/guest': [join(root, 'src/guest.ts')] },
        },
        files: ['guest.ts', join(root, 'types/isolate.d.ts')],
      }),
    );
    const complaints = await typeCheck(folder);
    expect(complaints.filter((line) => line.startsWith('guest.ts') || line.includes('isolate.d.ts'))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
