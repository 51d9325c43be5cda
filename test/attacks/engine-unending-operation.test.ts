/** Attack: one built-in operation on so much text that nothing can end it: the host must get its outcome all the same. */

import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { ScriptThread } from '../../src/engine/script-thread.ts';
import { type LinkGuest, serveNet } from '../../src/net/serve/serve-net.ts';

/** A thread in a system call is what an operation without end looks like from outside; it ends when the test says so. */
const BUSY = `
const { parentPort } = require('node:worker_threads');
const { readSync } = require('node:fs');
parentPort.once('message', ({ source }) => {
  try { readSync(Number(source), Buffer.alloc(1)); } catch {}
});
`;

it('gives the outcome though the thread does not end', async () => {
  const folder = mkdtempSync(`${tmpdir()}/caspian-busy-`);
  const pipe = `${folder}/pipe`;
  execFileSync('mkfifo', [pipe]);
  const both = openSync(pipe, constants.O_RDWR);
  try {
    const link = serveNet(null);
    const guest: LinkGuest = link.guest;
    const start = {
      task: 'run' as const,
      source: String(both),
      file: 'x.casp',
      args: [],
      link: guest,
      hasNet: false,
      output: 'link' as const,
      announcesConfig: false,
      callDepth: null,
      outputBytes: null,
      memoryBytes: null,
      interrupt: null,
    };
    const thread = new ScriptThread(new Worker(BUSY, { eval: true }), start, link, { timeMs: 200 });
    expect(await thread.outcome).toMatchObject({ ok: false, alarm: 'puck.uno/alarm/time_limit' });
    link.close();
    let isGone = false;
    void thread.gone.then(() => {
      isGone = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isGone).toBe(false);
    writeSync(both, 'x');
    await thread.gone;
  } finally {
    closeSync(both);
    rmSync(folder, { recursive: true });
  }
});
