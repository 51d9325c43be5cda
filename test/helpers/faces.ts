/**
 * The three faces of one capability: `Net` in this thread, `SyncNet` in a thread of its own (with the usual and with the
 * smallest buffers), and a Caspian script. A case is the same thing written in JavaScript and in Caspian.
 */
import type { Net } from '../../src/net/net.ts';
import { SMALLEST_MAILBOX_BYTES } from '../../src/wire/layout.ts';
import { inGuest } from './guest.ts';
import { runScript } from './script.ts';

export interface Case {
  /** The body of an async function of `net` and `data`; what it returns must be plain data. */
  readonly js: string;
  /** A script that prints what it comes to as JSON; `$data` is there. */
  readonly casp: string;
}

export interface Face {
  readonly name: string;
  run(net: Net, one: Case, data?: Readonly<Record<string, unknown>>): Promise<unknown>;
}

const AsyncFunction = (async () => {}).constructor as new (
  ...text: string[]
) => (net: Net, data: unknown) => Promise<unknown>;

const SMALLEST = { mailboxBytes: SMALLEST_MAILBOX_BYTES, ringBytes: 64 };

export const FACES: readonly Face[] = [
  { name: 'Net', run: (net, { js }, data = {}) => new AsyncFunction('net', 'data', js)(net, data) },
  { name: 'SyncNet', run: (net, { js }, data = {}) => inGuest(net, js, { data }) },
  {
    name: 'SyncNet with the smallest buffers',
    run: (net, { js }, data = {}) => inGuest(net, js, { data, ...SMALLEST }),
  },
  { name: 'Caspian', run: runCaspian },
];

async function runCaspian(net: Net, { casp }: Case, data: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
  const source = `$data = %utils.json.parse(%argv[0])\n${casp}`;
  const { outcome, stdout } = await runScript(source, { net, args: [JSON.stringify(data)] });
  if (!outcome.ok) throw new Error(`the script failed: ${outcome.stderr}`);
  return JSON.parse(stdout);
}
