/**
 * `--net-report` and `--suggest-grants`: what was decided, as lines of JSON and as flags. Trusted side.
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import type { Decision } from '../net/decision.ts';
import type { HeaderDecision, NetDecision } from '../net/net.ts';
import { UsageError } from './arguments.ts';

interface ReportOptions {
  /** A file, `true` for stderr, or absent. */
  readonly report?: string | true;
  readonly suggestGrants: boolean;
}

export class DecisionReport {
  readonly #write: (line: string) => void;
  readonly #suggest: boolean;
  readonly #needed = new Map<string, Set<string>>();
  readonly #denied = new Set<string>();
  readonly #warned = new Set<string>();

  /** Empties the report's file. Throws UsageError if it can't be written. */
  constructor(options: ReportOptions) {
    this.#write = writer(options.report);
    this.#suggest = options.suggestGrants;
  }

  add(decision: NetDecision): void {
    this.#write(JSON.stringify(decision));
    if (decision.verdict === 'header_dropped') this.#warnDropped(decision);
    else if (this.#suggest) this.#note(decision);
  }

  #note(decision: Decision): void {
    const target = targetRule(decision);
    if (decision.error !== null) this.#denied.add(`  ${target} (${decision.verdict})`);
    else this.#flagFor(decision.operation).add(target);
  }

  /** After the run: the grants that it used, as flags, and what it was denied. */
  finish(): void {
    if (!this.#suggest) return;
    const lines = [...this.#needed].map(([flag, targets]) => `  --${flag}=${[...targets].sort().join(',')}`);
    const denied = [...this.#denied].sort();
    process.stderr.write(
      [
        lines.length === 0 ? 'caspian: this run used no grant' : 'caspian: this run needed',
        ...lines,
        ...(denied.length === 0 ? [] : ['caspian: and was denied', ...denied]),
        '',
      ].join('\n'),
    );
  }

  /** A header of the script's that was not sent: said once for each name. */
  #warnDropped({ header }: HeaderDecision): void {
    if (this.#warned.has(header)) return;
    this.#warned.add(header);
    process.stderr.write(`caspian: the header ${header} is not the script's to set and was not sent\n`);
  }

  #flagFor(operation: string): Set<string> {
    const flag = operation === 'listen' ? 'allow-listen' : 'allow-net';
    const known = this.#needed.get(flag);
    if (known !== undefined) return known;
    const made = new Set<string>();
    this.#needed.set(flag, made);
    return made;
  }
}

function targetRule({ host, port }: Decision): string {
  const written = host.includes(':') ? `[${host}]` : host;
  return port === null ? written : `${written}:${port}`;
}

function writer(report: string | true | undefined): (line: string) => void {
  if (report === undefined) return () => {};
  if (report === true) return (line) => process.stderr.write(`${line}\n`);
  try {
    writeFileSync(report, '');
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown error';
    throw new UsageError(`--net-report=${report}: this file can not be written (${code})`);
  }
  return (line) => {
    try {
      appendFileSync(report, `${line}\n`);
    } catch (thrown) {
      endWithoutReport(report, thrown);
    }
  };
}

/** Nothing goes on that can't be reported: who asked for the report relies on it. */
function endWithoutReport(report: string, thrown: unknown): never {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown error';
  process.stderr.write(`caspian: --net-report=${report}: this file can not be written (${code})\n`);
  process.exit(1);
}
