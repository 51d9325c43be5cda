/**
 * What is measured: the build in dist/, or with BENCH_FROM=src the sources as they are.
 */
const fromSource = process.env['BENCH_FROM'] === 'src';

export function host(): Promise<typeof import('../../src/index.ts')> {
  return import(fromSource ? '../../src/index.ts' : '../../dist/index.js');
}

export function guest(): Promise<typeof import('../../src/guest.ts')> {
  return import(fromSource ? '../../src/guest.ts' : '../../dist/guest.js');
}
