/**
 * What is wrong with a command line, in words: unknown options, and what yargs refuses. Trusted side, pure. What is printed
 * here is often kept elsewhere, so nothing is repeated of a line about secrets: it may be a value.
 */
import { nearestName } from '../../net/options.ts';
import { UsageError } from '../arguments.ts';
import type { OperatorCommand } from './command.ts';
import { COMMANDS } from './commands.ts';

/** Of every command; true: it takes a value. */
const COMMON: Readonly<Record<string, boolean>> = { state: true, json: false, help: false, h: false, version: false };
const VALUE_ON_INPUT = "a secret's value is read from standard input, or asked for";

/** The options of a line, up to `--`, and its other words, without the values of options. */
function wordsOf(argv: readonly string[]) {
  const [options, words]: [string[], string[]] = [[], []];
  let isValue = false;
  for (const word of argv) {
    if (word === '--') break;
    const isOption = /^-+[^-\d]/.test(word);
    if (isOption) options.push(word);
    else if (!isValue) words.push(word);
    isValue = isOption && !word.includes('=') && takesValue(nameOf(word));
  }
  return { options, words };
}

function takesValue(name: string): boolean {
  return (
    COMMON[name] ?? COMMANDS.some(({ options }) => Object.hasOwn(options, name) && options[name]?.type === 'string')
  );
}

/** `--rate=5/s` → `rate` */
function nameOf(option: string): string {
  return option.replace(/^-+/, '').replace(/=.*$/s, '');
}

function withDashes(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}

/** `allow add` */
function verbOf({ form }: OperatorCommand): string {
  return form.replace(/ <.*$/, '');
}

/** `RULE`, for each argument of a form. */
function argumentsOf({ form }: OperatorCommand): readonly string[] {
  return [...form.matchAll(/<([a-z]+)>/g)].map(([, name = '']) => name.toUpperCase());
}

/** The command that a line names; null if it names none. */
function commandOf(words: readonly string[]): OperatorCommand | null {
  const named = COMMANDS.filter((command) => {
    const verb = verbOf(command).split(' ');
    return verb.every((word, at) => words[at] === word);
  });
  return named.sort((left, right) => verbOf(right).length - verbOf(left).length)[0] ?? null;
}

/** Raises UsageError for an option that the command does not have, and for a value where none goes. */
export function checkLine(argv: readonly string[]): void {
  const { options, words } = wordsOf(argv);
  const command = commandOf(words);
  const commands = command === null ? COMMANDS : [command];
  const known = [...Object.keys(COMMON), ...commands.flatMap((each) => Object.keys(each.options))];
  for (const option of options) {
    const name = nameOf(option);
    if (!known.includes(name)) {
      throw unknownOption(command, name, { near: nearestName(name, known), isOfSecrets: isOfSecrets(argv) });
    }
    if (option.includes('=') && !takesValue(name)) throw new UsageError(`${withDashes(name)} takes no value`);
  }
}

function unknownOption(
  command: OperatorCommand | null,
  name: string,
  { near, isOfSecrets }: { readonly near: string | null; readonly isOfSecrets: boolean },
): UsageError {
  const help = helpOf(command, near);
  if (isOfSecrets) return new UsageError('an option is unknown', near === null ? VALUE_ON_INPUT : help);
  return new UsageError(`unknown option ${withDashes(name)}`, help);
}

function isOfSecrets(argv: readonly string[]): boolean {
  return argv.includes('secrets');
}

/** `near`: the option that may have been meant. */
function helpOf(command: OperatorCommand | null, near: string | null): string {
  const help = `see caspian-net ${command === null ? '' : `${verbOf(command)} `}--help`;
  return near === null ? help : `did you mean ${withDashes(near)}? Else ${help}`;
}

/** What yargs says is wrong. */
export function mistake(message: string, argv: readonly string[]): UsageError {
  const command = commandOf(wordsOf(argv).words);
  const [, got] = /^Not enough non-option arguments: got (\d+)/.exec(message) ?? [];
  if (got !== undefined && command !== null) return missing(command, Number(got));
  const [, option] = /^Not enough arguments following: (\S+)/.exec(message) ?? [];
  if (option !== undefined) return new UsageError(`${withDashes(option)} needs a value`);
  const [, word] = /^Unknown (?:argument|command)s?: ([^\s,]+)/.exec(message) ?? [];
  if (word === undefined) return new UsageError(message);
  if (command !== null) {
    return isOfSecrets(argv) ? new UsageError('an argument is unknown', VALUE_ON_INPUT) : tooMany(command, word);
  }
  const names = COMMANDS.flatMap(({ form }) => form.split(' ')).filter((name) => /^[a-z]+$/.test(name));
  const near = nearestName(word, names);
  if (near === null && isOfSecrets(argv)) return new UsageError('an argument is unknown', VALUE_ON_INPUT);
  return new UsageError(
    `unknown: ${word}`,
    near === null ? 'caspian-net --help lists the commands' : `did you mean ${near}?`,
  );
}

function missing(command: OperatorCommand, got: number): UsageError {
  const names = argumentsOf(command);
  const lacking = names.slice(got);
  return new UsageError(
    `${lacking.join(' and ')} ${lacking.length === 1 ? 'is' : 'are'} missing`,
    `caspian-net ${[verbOf(command), ...names].join(' ')}; see caspian-net ${verbOf(command)} --help`,
  );
}

function tooMany(command: OperatorCommand, word: string): UsageError {
  const near = nearestName(
    word,
    COMMANDS.filter(({ form }) => form.startsWith(`${verbOf(command)} `)).map(
      (each) => verbOf(each).split(' ')[1] ?? '',
    ),
  );
  if (near !== null) return new UsageError(`unknown: ${word}`, `did you mean ${near}?`);
  return new UsageError(`there is no place for ${word}`, `see caspian-net ${verbOf(command)} --help`);
}

export function firstWord(form: string): string {
  return form.split(' ', 1)[0] ?? '';
}
