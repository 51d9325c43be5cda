/**
 * The options of a sandbox and of an isolate, one row each. Trusted side, pure.
 */
import { Net } from '../../net/net.ts';
import { custom, flag, integer, type OptionsOf, type SettledOptions } from '../../net/options.ts';
import type { ConsoleUse } from './reports.ts';

const LONGEST_MS = 2_147_483_647;

function milliseconds<D extends number | null | undefined>(defaultValue: D, doc: string) {
  return custom<number | null, D>({
    type: 'number or null',
    range: 'above 0 and up to 2147483647; null is no limit',
    unit: 'ms',
    default: defaultValue,
    doc,
    read: (raw) =>
      raw === null || (typeof raw === 'number' && raw > 0 && raw <= LONGEST_MS)
        ? { value: raw }
        : { refused: 'must be a number above 0 and up to 2147483647, or null for no limit' },
  });
}

function megabytes<D extends number | undefined>(defaultValue: D, doc: string) {
  return integer({ default: defaultValue, min: 0, max: 65_536, unit: 'MB', doc });
}

export const SANDBOX_OPTIONS = Object.freeze({
  threads: integer({
    default: undefined,
    min: 1,
    max: 256,
    doc: 'Child processes at most; as many as there are CPUs if not given.',
  }),
  cpuMs: milliseconds(10_000, 'CPU time of each isolate, over its life.'),
  memoryMb: megabytes(128, 'Memory of each isolate; 0 is no limit.'),
  timeMs: milliseconds(null, 'Time from the start of each isolate to its end, waiting included.'),
  strict: flag({ default: false, doc: 'Each isolate has a process to itself.' }),
  jitless: flag({ default: false, doc: 'No machine code is made of what guests run: slower, and a smaller target.' }),
});

export const ISOLATE_OPTIONS = Object.freeze({
  net: custom<Net | null, null>({
    type: 'Net or null',
    default: null,
    doc: 'The network that the guest has; none if not given.',
    read: (raw) =>
      raw === null || raw instanceof Net
        ? { value: raw }
        : { refused: 'must be a Net of openNet, or narrowed from one' },
  }),
  console: custom<ConsoleUse, 'silent'>({
    type: "'silent', 'events' or 'print'",
    default: 'silent',
    doc: 'Where the guest\'s console goes: nowhere, to onSystem("console"), or to this process\'s output.',
    read: (raw) =>
      raw === 'silent' || raw === 'events' || raw === 'print'
        ? { value: raw }
        : { refused: "must be 'silent', 'events' or 'print'" },
  }),
  cpuMs: milliseconds(undefined, "CPU time of this isolate; the sandbox's if not given."),
  memoryMb: megabytes(undefined, "Memory of this isolate; the sandbox's if not given."),
  timeMs: milliseconds(undefined, "Time of this isolate; the sandbox's if not given."),
});

/** What a sandbox is made with. Units and defaults: spec/isolates.md. */
export type SandboxOptions = OptionsOf<typeof SANDBOX_OPTIONS>;
/** What an isolate is made with, over what its sandbox says. Units and defaults: spec/isolates.md. */
export type IsolateOptions = OptionsOf<typeof ISOLATE_OPTIONS>;
export type SettledSandbox = SettledOptions<typeof SANDBOX_OPTIONS>;
export type SettledIsolate = SettledOptions<typeof ISOLATE_OPTIONS>;
