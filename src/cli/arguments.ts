/**
 * The launcher's command line, read: argv → what to do. Trusted side, pure. Whatever is wrong is a UsageError, one
 * line, before anything runs. Parsing is yargs-parser's; this file says what the flags mean.
 */
import parse from 'yargs-parser';
import type { RuleInput } from '../net/grants/input.ts';
import { nearestName } from '../net/options.ts';
import { FLAGS, type Flag } from './flags.ts';

/** Something is wrong with the command line. The message is one line for stderr. */
export class UsageError extends Error {
  readonly hint: string | null;

  constructor(message: string, hint: string | null = null) {
    super(message);
    this.hint = hint;
  }
}

/** Where the script's text is. */
export type ScriptSource =
  /** `bareFlag`: the flag right before it, where that may have a value and was given none: `--allow-net`. */
  | { readonly kind: 'file'; readonly path: string; readonly bareFlag?: string }
  | { readonly kind: 'stdin' }
  /** Typed while it runs. */
  | { readonly kind: 'typed' }
  | { readonly kind: 'code'; readonly code: string };

export type Task = 'run' | 'check' | 'extract-config';

export interface LaunchArguments {
  readonly task: Task;
  readonly script: ScriptSource;
  /** What follows the script. */
  readonly args: readonly string[];
  /** Absent where the flag was not given; `true` for the bare flag. */
  readonly grants: {
    readonly allowNet?: RuleInput;
    readonly denyNet?: RuleInput;
    readonly allowListen?: RuleInput;
    readonly allowDns?: true;
    readonly noDns?: true;
  };
  /** Folders that requests may send files of, and that downloads may be put into. */
  readonly folders: { readonly allowFsRead: readonly string[]; readonly allowFsWrite: readonly string[] };
  /** Absent where the script runs by its grants. */
  readonly egress?: { readonly state: string; readonly app: string };
  /** A URL; absent for none. */
  readonly proxy?: string;
  readonly libraries: readonly string[];
  readonly limits: { readonly timeMs?: number; readonly cpuMs?: number; readonly memoryMb?: number };
  /** A file, `true` for stderr, or absent. */
  readonly report?: string | true;
  readonly suggestGrants: boolean;
}

export type CommandLine = { readonly show: 'help' | 'version' } | { readonly launch: LaunchArguments };

/** Less does not hold the language itself. */
const LEAST_MEMORY_MB = 16;

/** Stands for the value of a flag given without one. No argument of a process can hold it. */
const BARE = '\0';

/** Stands before each value: the parser would take quotes off both ends of one that begins with a quote. */
const AS_IT_IS = ':';

/** Reads the arguments after the command's own name. `terminal`: somebody sits at one, who may type. Throws UsageError. */
export function readCommandLine(argv: readonly string[], { terminal = false } = {}): CommandLine {
  const { flags, rest, bareFlag } = split(argv);
  if (flags.has('help')) return { show: 'help' };
  if (flags.has('version')) return { show: 'version' };
  const code = single(flags, 'eval');
  const [first, ...others] = rest;
  const task = readTask(flags);
  const talks = flags.has('interactive') || (terminal && task === 'run' && code === undefined && first === undefined);
  if (talks && (code !== undefined || task !== 'run'))
    throw new UsageError('--interactive runs what is typed, and nothing else');
  if (!talks && code === undefined && first === undefined) {
    throw new UsageError('no script was named', 'caspian [flags] script.casp [arguments]; see caspian --help');
  }
  return {
    launch: {
      task,
      script: talks
        ? { kind: 'typed' }
        : code !== undefined
          ? { kind: 'code', code }
          : first === '-'
            ? { kind: 'stdin' }
            : { kind: 'file', path: first ?? '', ...(bareFlag === null ? {} : { bareFlag }) },
      args: code !== undefined || talks ? rest : others,
      grants: readGrants(flags),
      folders: { allowFsRead: flags.get('allow-fs-read') ?? [], allowFsWrite: flags.get('allow-fs-write') ?? [] },
      ...readEgress(flags),
      ...readProxy(flags),
      libraries: flags.get('lib') ?? [],
      limits: readLimits(flags),
      ...readReport(flags),
      suggestGrants: flags.has('suggest-grants'),
    },
  };
}

type Given = ReadonlyMap<string, readonly string[]>;

/** Flags up to the script, by their long names, and what follows. */
function split(argv: readonly string[]): { flags: Given; rest: readonly string[]; bareFlag: string | null } {
  const { joined, count } = takeFlags(argv);
  const parsed = parse(joined, {
    string: FLAGS.filter((flag) => flag.value !== 'none').map((flag) => flag.name),
    boolean: FLAGS.filter((flag) => flag.value === 'none').map((flag) => flag.name),
    configuration: {
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'short-option-groups': false,
    },
  });
  const flags = new Map<string, readonly string[]>();
  for (const flag of FLAGS) {
    if (!Object.hasOwn(parsed, flag.name)) continue;
    const raw: unknown = parsed[flag.name];
    const values = (Array.isArray(raw) ? raw : [raw]).map((value) =>
      flag.value === 'none' ? String(value) : String(value).slice(AS_IT_IS.length),
    );
    if (values.length > 1 && !flag.repeatable) throw new UsageError(`--${flag.name} was given more than once`);
    flags.set(flag.name, values);
  }
  const hasEnd = argv[count] === '--';
  return {
    flags,
    rest: argv.slice(hasEnd ? count + 1 : count),
    bareFlag: hasEnd ? null : bareFlag(argv[count - 1] ?? ''),
  };
}

function bareFlag(argument: string): string | null {
  return FLAGS.some(({ name, value }) => value === 'optional' && argument === `--${name}`) ? argument : null;
}

/**
 * The flags at the beginning, each with its value joined to it by `=`, so that no word is ever taken for the value of
 * another flag; and how many arguments they were.
 */
function takeFlags(argv: readonly string[]): { joined: string[]; count: number } {
  const joined: string[] = [];
  let index = 0;
  while (index < argv.length) {
    const argument = argv[index] ?? '';
    if (argument === '--' || argument === '-' || !argument.startsWith('-')) break;
    index += 1;
    const flag = findFlag(argument);
    const at = argument.indexOf('=');
    if (flag.value === 'none' && at >= 0) throw new UsageError(`--${flag.name} takes no value`);
    const value = at >= 0 ? argument.slice(at + 1) : valueFor(flag, argv[index]);
    if (at < 0 && flag.value === 'required') index += 1;
    joined.push(value === null ? `--${flag.name}` : `--${flag.name}=${AS_IT_IS}${value}`);
  }
  return { joined, count: index };
}

/** The value of a flag that has none joined to it; `next` is the word after it. */
function valueFor(flag: Flag, next: string | undefined): string | null {
  if (flag.value === 'none') return null;
  if (flag.value === 'optional') return BARE;
  if (next === undefined) throw new UsageError(`--${flag.name} needs a value: --${flag.name}=${flag.placeholder}`);
  return next;
}

function findFlag(argument: string): Flag {
  const [written = ''] = argument.split('=', 1);
  const long = written.startsWith('--');
  const name = written.slice(long ? 2 : 1);
  const found = FLAGS.find((flag) => (long ? flag.name === name : flag.short === name));
  if (found !== undefined) return found;
  const near = nearestName(
    name,
    FLAGS.map((flag) => flag.name),
  );
  throw new UsageError(
    `unknown flag ${JSON.stringify(written)}`,
    near === null ? 'caspian --help lists the flags' : `did you mean --${near}?`,
  );
}

function single(flags: Given, name: string): string | undefined {
  return flags.get(name)?.[0];
}

function readTask(flags: Given): Task {
  if (flags.has('check') && flags.has('extract-config')) {
    throw new UsageError('--check and --extract-config can not be given together');
  }
  if (flags.has('check')) return 'check';
  return flags.has('extract-config') ? 'extract-config' : 'run';
}

function readGrants(flags: Given): LaunchArguments['grants'] {
  const all = flags.has('allow-all');
  const allowNet = rules(flags, 'allow-net', { everything: all || flags.has('standard') });
  const allowListen = rules(flags, 'allow-listen', { everything: all });
  const denyNet = rules(flags, 'deny-net', { everything: false });
  return {
    ...(allowNet === undefined ? {} : { allowNet }),
    ...(denyNet === undefined ? {} : { denyNet }),
    ...(allowListen === undefined ? {} : { allowListen }),
    ...(flags.has('allow-dns') ? { allowDns: true } : {}),
    ...(flags.has('no-dns') ? { noDns: true } : {}),
  };
}

/** Every rule is read, also beside a flag that grants everything: one bad rule refuses the launch. */
function rules(flags: Given, name: string, { everything }: { readonly everything: boolean }): RuleInput | undefined {
  const values = flags.get(name);
  if (values === undefined) return everything ? true : undefined;
  const named = values.filter((value) => value !== BARE);
  if (!everything && named.length === values.length) return named;
  return named.length === 0 ? true : ['*', ...named];
}

function readLimits(flags: Given): LaunchArguments['limits'] {
  const timeS = positive(flags, 'timeout', 'seconds');
  const cpuS = positive(flags, 'max-cpu', 'seconds');
  const memoryMb = positive(flags, 'max-memory', 'megabytes');
  if (memoryMb !== undefined && (memoryMb < LEAST_MEMORY_MB || !Number.isInteger(memoryMb))) {
    throw new UsageError(
      `--max-memory=${memoryMb}: this must be a whole number of megabytes, ${LEAST_MEMORY_MB} or more`,
    );
  }
  return {
    ...(timeS === undefined ? {} : { timeMs: timeS * 1000 }),
    ...(cpuS === undefined ? {} : { cpuMs: cpuS * 1000 }),
    ...(memoryMb === undefined ? {} : { memoryMb }),
  };
}

/** A decimal number above zero, up to what a timer can hold. */
function positive(flags: Given, name: string, unit: string): number | undefined {
  const text = single(flags, name);
  if (text === undefined) return undefined;
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0 && value <= 2_147_483) return value;
  throw new UsageError(`--${name}=${text}: this must be a number of ${unit} above 0 and up to 2147483`);
}

const GRANT_FLAGS = [
  'allow-net',
  'deny-net',
  'allow-listen',
  'allow-dns',
  'no-dns',
  'standard',
  'allow-all',
  'suggest-grants',
  'proxy',
];

/** Under an egress the policy alone decides what may be reached. */
function readEgress(flags: Given): Pick<LaunchArguments, 'egress'> {
  const state = single(flags, 'egress');
  const app = single(flags, 'app');
  if (state === undefined && app === undefined) return {};
  if (state === undefined) throw new UsageError('--app needs --egress', '--egress=sqlite:PATH names the state');
  if (app === undefined) throw new UsageError('--egress needs --app=NAME', 'whose policy, limits and secrets hold');
  const other = GRANT_FLAGS.find((name) => flags.has(name));
  if (other !== undefined) {
    throw new UsageError(
      `--${other} can not stand beside --egress`,
      'the policy of the egress decides what may be reached',
    );
  }
  return { egress: { state, app } };
}

function readProxy(flags: Given): { proxy?: string } {
  const proxy = single(flags, 'proxy');
  return proxy === undefined ? {} : { proxy };
}

function readReport(flags: Given): { report?: string | true } {
  const file = single(flags, 'net-report');
  if (file === undefined) return {};
  if (file === '') throw new UsageError('--net-report= names no file', '--net-report alone writes to stderr');
  return { report: file === BARE ? true : file };
}
