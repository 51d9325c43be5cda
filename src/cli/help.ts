/**
 * `caspian --help`, made by yargs from the table of flags. Loaded only when it is asked for.
 */
import yargs from 'yargs';
import { FLAGS } from './flags.ts';

const EXAMPLES = [
  ['caspian --allow-net=api.example.com:443 script.casp', 'reach one host on one port'],
  ["caspian --allow-net='*.example.com' --deny-net=private script.casp", 'a broad grant, kept off your own network'],
  ['caspian --allow-net --suggest-grants script.casp', 'learn what a script needs'],
  ['caspian --allow-net=api.example.com:443 --allow-fs-write=out get.casp', 'let a script download into a folder'],
  ['caspian --check script.casp', 'look for syntax errors'],
  ['caspian --allow-net=api.example.com script.ts', 'JavaScript and TypeScript, in an isolate'],
] as const;

/** Widest line of the help. */
const WIDTH = 100;

export function helpText(): string {
  const help = yargs([])
    .scriptName('caspian')
    .usage(
      'caspian [flags] script.casp [arguments]\n\nRuns a script with the network that the flags grant, and no other.',
    )
    .help(false)
    .version(false)
    .wrap(Math.min(WIDTH, process.stdout.columns ?? WIDTH))
    .parserConfiguration({ 'boolean-negation': false });
  for (const flag of FLAGS) {
    help.option(flag.name, {
      group: `${flag.group}:`,
      describe: flag.placeholder === null ? flag.doc : `${flag.doc} [${flag.placeholder}]`,
      ...(flag.short === null ? {} : { alias: flag.short }),
    });
  }
  for (const [command, what] of EXAMPLES) help.example(command, what);
  help.epilogue(
    'Flags end where the script begins. - reads the script from standard input. Beside a broad grant --deny-net=private\n' +
      'keeps a script off your own machine and network.\nExit codes: 0 well, 1 an uncaught error, 2 nothing ran, 130 Ctrl-C.',
  );
  let text = '';
  help.showHelp((shown) => {
    text = shown;
  });
  return text;
}
