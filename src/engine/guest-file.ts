/**
 * Where the script's thread finds its code: always the built bundle, which loads several times faster than the
 * sources do. Beside the other bundles when this file is in one of them; in dist/ when it runs from src/.
 */
import { fileURLToPath } from 'node:url';

const fromSource = import.meta.url.endsWith('.ts');

export const guestFile = fileURLToPath(new URL(fromSource ? '../../dist/script.cjs' : './script.cjs', import.meta.url));
