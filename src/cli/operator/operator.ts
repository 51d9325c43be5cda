/**
 * `caspian-net`: the operator's command. Trusted side. 0: done; 1: refused, failed, or nothing there; 2: the command line is
 * wrong and nothing was done.
 */
import yargs from 'yargs';
import { openEgress } from '../../egress/egress.ts';
import { CaspianError } from '../../errors/classes.ts';
import { nearestName } from '../../net/options.ts';
import { UsageError } from '../arguments.ts';
import { escapeLine } from '../terminal.ts';
import { Given, type OperatorCommand } from './command.ts';
import { DASHBOARD_COMMANDS } from './dashboard-command.ts';
import { JOURNAL_COMMANDS } from './journal-commands.ts';
import { Output } from './output.ts';
import { POLICY_COMMANDS } from './policy-commands.ts';
import { SECRET_COMMANDS } from './secret-commands.ts';

export const COMMANDS: readonly OperatorCommand[] = [
  ...POLICY_COMMANDS,
  ...SECRET_COMMANDS,
  ...JOURNAL_COMMANDS,
  ...DASHBOARD_COMMANDS,
];

const STATE_VARIABLE = 'CASPIAN_EGRESS_STATE';
const DEFAULT_STATE = 'sqlite:egress.db';
const WIDTH = 100;
const GROUPS: Readonly<Record<string, string>> = {
  allow: 'what is let out',
  deny: 'what is denied, whatever is allowed',
  limits: 'limits and other settings',
  secrets: 'what is kept under a name and sent along by reference',
  cache: 'what is kept of responses',
};
/** Codes of a command line that asks for what there is not. */
const MISTAKES: ReadonlySet<string> = new Set(['ARGUMENT', 'GRANT_SYNTAX']);

/** Runs the command line to its end and returns the exit code. */
export async function operate(argv: readonly string[], version: string): Promise<number> {
  const chosen: { command: OperatorCommand | null; given: Readonly<Record<string, unknown>> } = {
    command: null,
    given: {},
  };
  try {
    await describe(argv, version, (command, given) => {
      chosen.command = command;
      chosen.given = given;
    });
    return chosen.command === null ? 0 : await perform(chosen.command, chosen.given);
  } catch (thrown) {
    return complain(thrown);
  }
}

type Choose = (command: OperatorCommand, given: Readonly<Record<string, unknown>>) => void;

/** The command line by yargs: help and version are printed by it, what is wrong is raised. */
async function describe(argv: readonly string[], version: string, choose: Choose): Promise<void> {
  const program = yargs([...argv])
    .scriptName('caspian-net')
    .usage('caspian-net COMMAND\n\nOperates an egress: many callers, one guarded way out.')
    .option('state', {
      type: 'string',
      requiresArg: true,
      describe: `where the state is: sqlite:PATH or redis://HOST:PORT; else $${STATE_VARIABLE}, else ${DEFAULT_STATE}`,
    })
    .option('json', { type: 'boolean', describe: 'answer in JSON, for programs' })
    .version(version)
    .alias('help', 'h')
    .wrap(Math.min(WIDTH, process.stdout.columns ?? WIDTH))
    .parserConfiguration({
      'boolean-negation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'camel-case-expansion': false,
    })
    .demandCommand(1, 'a command is needed; see caspian-net --help')
    .strict()
    .exitProcess(false)
    .fail((message: string | null, error: unknown) => {
      throw error ?? mistake(message ?? 'the command line can not be read', argv);
    });
  const groups = Map.groupBy(COMMANDS, ({ form }) => (GROUPS[firstWord(form)] === undefined ? '' : firstWord(form)));
  for (const [group, commands] of groups) {
    if (group === '') for (const command of commands) add(program, command, command.form, choose);
    else {
      program.command(group, GROUPS[group] ?? '', (inner) => {
        for (const command of commands) add(inner, command, command.form.slice(group.length + 1) || '$0', choose);
        // What may stand alone does.
        if (commands.every(({ form }) => form !== group))
          inner.demandCommand(1, `${group} what? See caspian-net ${group} --help`);
      });
    }
  }
  await program.parseAsync();
}

/** What yargs says is wrong, with the nearest command where an unknown one was written. */
function mistake(message: string, argv: readonly string[]): UsageError {
  const [, word] = /^Unknown (?:argument|command)s?: ([^\s,]+)/.exec(message) ?? [];
  if (message.startsWith('Not enough non-option arguments'))
    return new UsageError('an argument is missing', '--help says which');
  if (word === undefined) return new UsageError(message);
  const names = COMMANDS.flatMap(({ form }) => form.split(' ')).filter((name) => /^[a-z]+$/.test(name));
  const near = nearestName(word, names);
  // It may be a value that was to be kept, and what is printed here is often kept elsewhere.
  if (near === null && argv.includes('secrets')) {
    return new UsageError('an argument is unknown', "a secret's value is read from standard input, or asked for");
  }
  return new UsageError(
    `unknown: ${word}`,
    near === null ? 'caspian-net --help lists the commands' : `did you mean ${near}?`,
  );
}

type Program = ReturnType<typeof yargs>;

function add(program: Program, command: OperatorCommand, form: string, choose: Choose): void {
  program.command(
    form,
    command.doc,
    (inner) => inner.options({ ...command.options }),
    (given) => choose(command, { ...given }),
  );
}

function firstWord(form: string): string {
  return form.split(' ', 1)[0] ?? '';
}

async function perform(command: OperatorCommand, values: Readonly<Record<string, unknown>>): Promise<number> {
  const given = new Given(values);
  const state = given.optional('state') ?? process.env[STATE_VARIABLE] ?? DEFAULT_STATE;
  const ending = new AbortController();
  const end = (): void => ending.abort(new UsageError('ended'));
  process.once('SIGINT', end);
  await using egress = await openEgress({ state });
  const output = new Output({ json: given.flag('json'), write: (text) => process.stdout.write(text) });
  try {
    return await command.run(given, { egress, output, signal: ending.signal });
  } finally {
    process.off('SIGINT', end);
  }
}

/** One line on standard error; what it is about may be hostile text. */
function complain(thrown: unknown): number {
  const known = thrown instanceof CaspianError || thrown instanceof UsageError;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const hint = known && thrown.hint !== null ? ` (${thrown.hint})` : '';
  process.stderr.write(`caspian-net: ${escapeLine(`${message.split('\n', 1)[0]}${hint}`)}\n`);
  return thrown instanceof CaspianError && !MISTAKES.has(thrown.code) ? 1 : 2;
}
