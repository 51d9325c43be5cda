/**
 * A process that runs scripts one after the other with an engine, for tests of what could end the process itself: it
 * says how each run ended, and that it is still there at the end.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Limits } from '../../src/engine/engine.ts';

const engine = new URL('../../dist/index.js', import.meta.url).href;

const PROGRAM = `
  import { Writable } from 'node:stream';
  import { Engine } from ${JSON.stringify(engine)};
  const { scripts, limits } = JSON.parse(process.argv[1]);
  const printed = [];
  const stdout = new Writable({ write: (chunk, _encoding, done) => { printed.push(String(chunk)); done(); } });
  const engine = new Engine({ stdout, stderr: stdout, limits });
  for (const source of scripts) {
    printed.length = 0;
    const outcome = await engine.run({ source });
    const ended = outcome.ok ? 'ok' : outcome.alarm ?? outcome.error.type + ': ' + outcome.error.message;
    console.log(JSON.stringify({ ended, printed: printed.join('').slice(0, 1000) }));
  }
  console.log(JSON.stringify({ ended: 'survived', printed: '' }));
`;

export interface Ended {
  /** `ok`, the alarm, or the type and message of what was raised. */
  readonly ended: string;
  readonly printed: string;
}

/** How each script ended; the last one says `survived`, unless the process did not. */
export function runAll(scripts: readonly string[], limits: Limits): Promise<readonly Ended[]> {
  const args = ['--input-type=module', '-e', PROGRAM, JSON.stringify({ scripts, limits })];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: fileURLToPath(new URL('../..', import.meta.url)) }, (_error, stdout) => {
      resolve(
        stdout
          .split('\n')
          .filter((line) => line !== '')
          .map((line): Ended => JSON.parse(line)),
      );
    });
  });
}
