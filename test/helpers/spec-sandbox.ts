/**
 * A folder in which the examples of one page run as a reader would run them: the page's named blocks as files, the
 * package as `caspian-net`, the launcher as `caspian`.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Engine } from '../../src/engine/engine.ts';
import { Grants } from '../../src/net/grants/grants.ts';
import { openNet } from '../../src/net/net.ts';
import { type Block, blocksOf, readPage } from './spec-page.ts';
import type { SpecServers } from './spec-servers.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where package.json says that the commands are. */
const { bin }: { bin: Record<string, string> } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Longest time that one example may take, in milliseconds: a bound, not a measure. */
const PATIENCE_MS = 15_000;

export interface Ran {
  /** What was printed, the ports as the page writes them. */
  readonly printed: string;
  readonly exitCode: number;
}

export class Sandbox implements Disposable {
  readonly folder: string;
  readonly #servers: SpecServers;

  constructor(page: string, servers: SpecServers) {
    this.#servers = servers;
    this.folder = mkdtempSync(join(tmpdir(), 'caspian-spec-'));
    mkdirSync(join(this.folder, 'node_modules'));
    mkdirSync(join(this.folder, 'lib'));
    symlinkSync(root, join(this.folder, 'node_modules/caspian-net'));
    this.write('package.json', '{"type": "module"}\n');
    for (const [name, file] of Object.entries(bin)) {
      this.write(`.bin/${name}`, `#!/bin/sh\nexec "${process.execPath}" "${join(root, file)}" "$@"\n`, 0o755);
    }
    for (const { name, text } of blocksOf(readPage(page))) if (name !== null) this.write(name, servers.real(text));
  }

  write(name: string, text: string, mode = 0o644): string {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode });
    return path;
  }

  /** Runs a script with an engine, as the page says: addresses in `%argv`, the loopback interface granted. */
  async script({ text, line }: Block): Promise<Ran> {
    const chunks: Uint8Array[] = [];
    const stdout = new Writable({
      write: (chunk: Uint8Array, _encoding, done) => {
        chunks.push(chunk);
        done();
      },
    });
    await using net = openNet(Grants.parse({ allowNet: ['127.0.0.1'], allowListen: ['127.0.0.1:0'] }));
    await using engine = new Engine({
      net,
      stdout,
      stderr: stdout,
      libraries: join(this.folder, 'lib'),
      limits: { timeMs: PATIENCE_MS },
    });
    const { http, echo } = this.#servers;
    const args = [`http://127.0.0.1:${http}`, String(echo)];
    const outcome = await engine.run({ source: this.#servers.real(text), file: `line${line}.casp`, args });
    const printed = Buffer.concat(chunks).toString() + (outcome.ok ? '' : outcome.stderr);
    return { printed: this.#servers.shown(printed), exitCode: outcome.ok ? (outcome.exitCode ?? 0) : 1 };
  }

  /** Runs a module against the built package, with the servers' addresses as its arguments. */
  module({ text, line, name }: Block): Promise<Ran> {
    const file = name ?? this.write(`line${line}.ts`, this.#servers.real(text));
    const { http, echo } = this.#servers;
    return this.#run(process.execPath, [file, `http://127.0.0.1:${http}`, String(echo)]);
  }

  /** Runs a line of a shell. */
  command(line: string): Promise<Ran> {
    return this.#run('/bin/sh', ['-c', `{ ${this.#servers.real(line)}\n} 2>&1`]);
  }

  #run(file: string, args: readonly string[]): Promise<Ran> {
    const path = `${join(this.folder, '.bin')}${delimiter}${process.env['PATH'] ?? ''}`;
    const env = { PATH: path, HOME: this.folder };
    return new Promise((resolve) => {
      const options = { cwd: this.folder, env, timeout: PATIENCE_MS };
      const child = execFile(file, [...args], options, (error, stdout, stderr) => {
        const code = typeof error?.code === 'number' ? error.code : error === null ? 0 : 1;
        resolve({ printed: this.#servers.shown(stdout + stderr), exitCode: code });
      });
      child.stdin?.end();
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What the comments of an example promise: `#=> line` in Caspian, `//=> line` in TypeScript. */
export function promised({ text, language }: Block): string {
  const mark = language === 'ts' ? /^\s*\/\/=> ?(.*)$/ : /^\s*#=> ?(.*)$/;
  return text
    .split('\n')
    .map((line) => mark.exec(line)?.[1])
    .filter((line) => line !== undefined)
    .map((line) => `${line}\n`)
    .join('');
}

/** The commands of a console block with what they print. */
export function commandsOf({ text }: Block): readonly { readonly line: string; readonly printed: string }[] {
  const [, ...parts] = `\n${text}`.split(/\n\$ /);
  return parts.map((part) => {
    const lines = part.replace(/\n$/, '').split('\n');
    let end = 1;
    while (lines[end - 1]?.endsWith('\\')) end++;
    const printed = lines.slice(end).map((line) => `${line}\n`);
    return { line: lines.slice(0, end).join('\n'), printed: printed.join('') };
  });
}
