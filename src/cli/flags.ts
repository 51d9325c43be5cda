/**
 * The launcher's flags, as one table: the parser, `--help`, the reference page and the tests read it. Trusted side.
 */

/** How a flag takes a value: never, always, or only when one is joined by `=` (`--allow-net` alone is the bare flag). */
export type FlagValue = 'none' | 'required' | 'optional';

export interface Flag {
  /** Long name, without the dashes. */
  readonly name: string;
  /** One letter, or null. */
  readonly short: string | null;
  readonly value: FlagValue;
  /** What stands for the value in the help. */
  readonly placeholder: string | null;
  readonly repeatable: boolean;
  /** Heading in the help. */
  readonly group: 'Grants' | 'Limits' | 'Reports' | 'Script';
  readonly doc: string;
}

type Row = readonly [
  form: string,
  group: Flag['group'],
  doc: string,
  more?: { readonly repeatable?: true; readonly short?: string },
];

const LIST = { repeatable: true } as const;

const ROWS: readonly Row[] = [
  ['allow-net[=RULE,...]', 'Grants', 'connect to these hosts; without rules: to any host', LIST],
  [
    'deny-net[=RULE,...]',
    'Grants',
    'never connect to these, whatever is allowed; also: private, loopback, link-local, metadata, special',
    LIST,
  ],
  ['allow-listen[=RULE,...]', 'Grants', 'listen on these ports or host:ports; without rules: on any', LIST],
  ['allow-fs-read=DIR', 'Grants', 'let requests send files of this folder', LIST],
  ['allow-fs-write=DIR', 'Grants', 'let downloads be put into this folder', LIST],
  ['allow-dns', 'Grants', 'look any name up, granted or not (data can leave in the names)'],
  ['no-dns', 'Grants', 'no look-ups by the script, whatever is allowed; connecting to a name still finds its address'],
  ['standard', 'Grants', 'the usual bundle: connect to any host, listen nowhere'],
  ['allow-all', 'Grants', 'connect to any host and listen on any port', { short: 'A' }],
  [
    'egress=STATE',
    'Grants',
    'run under an egress policy: sqlite:PATH or redis://HOST:PORT; what may be reached is decided there, for --app',
  ],
  ['app=NAME', 'Grants', 'with --egress: the app that the script belongs to'],
  ['proxy=URL', 'Grants', 'send all HTTP through this proxy, http:// or socks5://; it must be granted too'],
  ['timeout=S', 'Limits', 'end the run after this many seconds'],
  ['max-cpu=S', 'Limits', 'end the run after this many seconds of CPU time'],
  ['max-memory=MB', 'Limits', 'end the run when the script holds more memory'],
  ['net-report[=FILE]', 'Reports', 'write each decision as a line of JSON to FILE, or to stderr'],
  ['suggest-grants', 'Reports', 'after the run: the smallest grants it needed, and what it was denied'],
  ['lib=DIR', 'Script', 'look for libraries in this folder', LIST],
  ['eval=CODE', 'Script', 'run this code in place of a file', { short: 'e' }],
  ['interactive', 'Script', 'run what is typed, input by input, as without a script on a terminal', { short: 'i' }],
  ['check', 'Script', 'look for syntax errors only; run nothing'],
  ['extract-config', 'Script', 'print what %engine.config asks for; run nothing'],
  ['version', 'Script', 'print the version'],
  ['help', 'Script', 'print this help', { short: 'h' }],
];

function readRow([form, group, doc, more = {}]: Row): Flag {
  const [, name = '', rest = ''] = /^([a-z-]+)(.*)$/.exec(form) ?? [];
  const value: FlagValue = rest === '' ? 'none' : rest.startsWith('[') ? 'optional' : 'required';
  return Object.freeze({
    name,
    short: more.short ?? null,
    value,
    placeholder: rest === '' ? null : rest.replaceAll(/[[\]=]/g, ''),
    repeatable: more.repeatable ?? false,
    group,
    doc,
  });
}

export const FLAGS: readonly Flag[] = Object.freeze(ROWS.map(readRow));
