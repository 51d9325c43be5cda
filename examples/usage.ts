/** The command line of the examples in TypeScript. */
import { relative } from 'node:path';

/** A name in brackets stands for what may be left out. */
type Arguments<Names extends readonly string[]> = {
  [At in keyof Names]: Names[At] extends `[${string}` ? string | undefined : string;
};

/** The arguments of this program, by the names of its usage. Where some are missing: that usage, and exit code 2. */
export function argumentsFor<const Names extends readonly string[]>(...names: Names): Arguments<Names> {
  const given = process.argv.slice(2);
  if (given.length < names.filter((name) => !name.startsWith('[')).length) {
    console.error(`usage: node ${relative('', process.argv[1] ?? '')} ${names.join(' ')}`);
    process.exit(2);
  }
  return given as unknown as Arguments<Names>;
}
