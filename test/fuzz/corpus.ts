/** What the fuzzers start from: the golden scripts, and the words that they use. New built-ins come in by themselves. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = new URL('../../', import.meta.url).pathname;

function sources(): string[] {
  const folder = join(root, 'test/scripts');
  const scripts = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.casp'));
  const pages = ['spec/language.md', 'spec/methods.md'].flatMap((page) => examplesOf(page));
  return [...scripts.sort().map((name) => readFileSync(join(folder, name), 'utf8')), ...pages];
}

/** The Caspian examples of a page; none where there is no such page. */
function examplesOf(page: string): string[] {
  try {
    return [...readFileSync(join(root, page), 'utf8').matchAll(/^```caspian\n([\s\S]*?)^```/gm)].map(
      ([, text]) => text ?? '',
    );
  } catch {
    return [];
  }
}

export const GOLDEN: readonly string[] = sources();

function wordsLike(pattern: RegExp): readonly string[] {
  return [...new Set(GOLDEN.flatMap((text) => [...text.matchAll(pattern)].map(([, word]) => word ?? '')))].sort();
}

/** Words of JavaScript that must mean nothing to a script. */
export const HOST_WORDS: readonly string[] = [
  'constructor',
  '__proto__',
  'prototype',
  'toString',
  'valueOf',
  'then',
  'hasOwnProperty',
  '__defineGetter__',
  'toJSON',
  'length',
  'process',
  'globalThis',
  'Symbol.iterator',
];

export const METHODS: readonly string[] = wordsLike(/\.([a-z_]+[?!]?)/g);
export const SYSTEM: readonly string[] = wordsLike(/%([a-z_]+)/g);
export const URLS: readonly string[] = wordsLike(/'((?:https:\/\/)?[a-z.]+\/[a-z_/]+)'/g);
