/**
 * `caspian-net`: the operator's command. Trusted side. 0: done; 1: refused, failed, or nothing there; 2: the command line is
 * wrong and nothing was done.
 */
import yargs from 'yargs';
import { openEgress } from '../../egress/egress.ts';
import { CaspianError } from '../../errors/classes.ts';
import { UsageError } from '../arguments.ts';
import { escapeLine } from '../terminal.ts';
import { Given, type OperatorCommand, type Step } from './command.ts';
import { COMMANDS } from './commands.ts';
import { Failure } from './failure.ts';
import { checkLine, firstWord, mistake } from './line.ts';
import { Output } from './output.ts';
import { hearErrors, print, ReaderGone } from './standard-output.ts';
import { checkThere, DEFAULT_STATE, placeOf, STATE_VARIABLE, type StatePlace } from './state-place.ts';

const WIDTH = 100;
const GROUPS: Readonly<Record<string, string>> = {
  allow: 'what is let out',
  deny: 'what is denied, whatever is allowed',
  limits: 'limits and other settings',
  secrets: 'what is kept under a name and sent along by reference',
  cache: 'what is kept of responses',
};

/** Runs the command line to its end and returns the exit code. */
export async function operate(argv: readonly string[], version: string): Promise<number> {
  hearErrors();
  const ending = new AbortController();
  const end = (): void => ending.abort(new Failure('ended'));
  process.once('SIGINT', end);
  try {
    return await perform(argv, version, ending.signal);
  } finally {
    process.off('SIGINT', end);
  }
}

async function perform(argv: readonly string[], version: string, signal: AbortSignal): Promise<number> {
  let task: Task | null;
  try {
    task = await readTask(argv, version, signal);
  } catch (thrown) {
    return complain(thrown, { isWrongLine: true });
  }
  if (task === null) return 0;
  try {
    return await carryOut(task, signal);
  } catch (thrown) {
    return complain(thrown, { isWrongLine: false });
  }
}

/** What a line asks for, when all of it has been read. */
interface Task {
  readonly step: Step;
  readonly place: StatePlace;
  readonly json: boolean;
}

/** Null where there is nothing but to print help or the version. Does nothing to a state. */
async function readTask(argv: readonly string[], version: string, signal: AbortSignal): Promise<Task | null> {
  checkLine(argv);
  const chosen: { command: OperatorCommand | null; given: Given } = { command: null, given: new Given({}) };
  await describe(argv, version, (command, values) => {
    chosen.command = command;
    chosen.given = new Given(values);
  });
  const { command, given } = chosen;
  if (command === null) return null;
  const json = given.flag('json');
  const place = placeOf(given, command.effect);
  const step = await command.prepare(given, signal);
  checkThere(place, command.effect);
  return { step, place, json };
}

async function carryOut({ step, place: { state, newFile }, json }: Task, signal: AbortSignal): Promise<number> {
  await using egress = await openEgress({ state });
  try {
    return await step({ egress, output: new Output({ json, print }), signal });
  } finally {
    if (newFile !== null) process.stderr.write(`new state: ${escapeLine(newFile)}\n`);
  }
}

type Choose = (command: OperatorCommand, given: Readonly<Record<string, unknown>>) => void;

/** The command line by yargs: help and the version are printed, what is wrong is raised. */
async function describe(argv: readonly string[], version: string, choose: Choose): Promise<void> {
  const program = yargs()
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
    .fail((message: string | null) => {
      throw mistake(message ?? 'the command line can not be read', argv);
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
  const { promise, resolve } = Promise.withResolvers<string>();
  await program.parseAsync([...argv], {}, (_error, _given, text) => resolve(text));
  const text = await promise;
  if (text !== '') await print(`${text}\n`);
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

/** One line on standard error; what it is about may be hostile text. `isWrongLine`: nothing has been done yet. */
function complain(thrown: unknown, { isWrongLine }: { readonly isWrongLine: boolean }): number {
  // As other tools do, which end with their reader.
  if (thrown instanceof ReaderGone) return 0;
  const known = thrown instanceof CaspianError || thrown instanceof UsageError || thrown instanceof Failure;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const hint = known && thrown.hint !== null ? ` (${thrown.hint})` : '';
  process.stderr.write(`caspian-net: ${escapeLine(`${message.split('\n', 1)[0]}${hint}`)}\n`);
  return isWrongLine && !(thrown instanceof Failure) ? 2 : 1;
}
