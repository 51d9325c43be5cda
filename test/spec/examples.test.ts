/**
 * Every example of spec/ is run, and prints what the page says that it prints. Those of language.md carry libraries and
 * errors of their own, and run with the golden scripts (test/golden.test.ts).
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Block, blocksOf, pageNames, readPage } from '../helpers/spec-page.ts';
import { commandsOf, promised, Sandbox } from '../helpers/spec-sandbox.ts';
import { type SpecServers, startSpecServers } from '../helpers/spec-servers.ts';

let servers: SpecServers;

beforeAll(async () => {
  servers = await startSpecServers();
});

afterAll(() => servers[Symbol.asyncDispose]());

/** What is run. Other blocks show data, or a form to fill in. */
const RUN = ['caspian', 'ts', 'console'];

/** A named Caspian block is a file that other examples use. */
function isExample({ language, name }: Block): boolean {
  return RUN.includes(language) && (name === null || language === 'ts');
}

for (const page of pageNames().filter((name) => name !== 'language.md')) {
  const examples = blocksOf(readPage(page)).filter(isExample);
  describe.skipIf(examples.length === 0)(page, () => {
    let sandbox: Sandbox;
    beforeAll(() => {
      sandbox = new Sandbox(page, servers);
    });
    afterAll(() => sandbox[Symbol.dispose]());

    it.each(examples.map((block) => [`line ${block.line}: ${block.language}`, block] as const))('%s', (_name, block) =>
      run(sandbox, block),
    );
  });
}

async function run(sandbox: Sandbox, block: Block): Promise<void> {
  if (block.language === 'console') {
    for (const { line, printed } of commandsOf(block)) {
      const ran = await sandbox.command(line);
      expect(ran.printed, line).toBe(printed);
    }
    return;
  }
  const ran = await (block.language === 'caspian' ? sandbox.script(block) : sandbox.module(block));
  expect(ran).toEqual({ printed: promised(block), exitCode: 0 });
}
