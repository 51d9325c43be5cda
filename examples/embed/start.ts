/** What the hosts share: the side that holds the network. It starts a thread for the interpreter and waits for its end. */
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { Grants, type LinkGuest, openNet, serveNet } from 'caspian-net';
import { argumentsFor } from '../usage.ts';

/** What the thread gets. The folder holds the user's file `main` and libraries, by extension. */
export interface ThreadData {
  readonly guest: LinkGuest;
  readonly folder: string;
  /** What stands behind the folder on the command line: the script's. */
  readonly args: readonly string[];
}

/** Runs `file` as a thread, with the grants and the folder of the command line; for at most ten seconds. */
export async function runThread(file: string): Promise<void> {
  const [rules, folder] = argumentsFor('RULES', 'FOLDER', '[ARGUMENT ...]');
  await using net = openNet(Grants.parse({ allowNet: rules.split(',') }));
  await using link = serveNet(net);
  const worker = new Worker(new URL(file), {
    workerData: { guest: link.guest, folder, args: process.argv.slice(4) } satisfies ThreadData,
    transferList: link.transferList,
    resourceLimits: { maxOldGenerationSizeMb: 128 },
    env: {},
  });
  const watch = setTimeout(() => worker.terminate(), 10_000);
  worker.on('error', (error) => console.error(error.message));
  process.exitCode = await new Promise<number>((resolve) => worker.on('exit', resolve));
  clearTimeout(watch);
}

/** A file of the folder by its plain name: no name leads out of it. */
export function sourceOf(folder: string, name: string, extension: string): string {
  return readFileSync(`${folder}/${name.replaceAll(/[^\w-]/g, '')}.${extension}`, 'utf8');
}
