/**
 * The parts of spec/ that are made from the tables of the source: options, errors, operations, flags. A name of
 * TypeScript's becomes Caspian's where the page speaks of scripts.
 */
import { FLAGS } from '../../src/cli/flags.ts';
import { COMMANDS } from '../../src/cli/operator/commands.ts';
import { EGRESS_OPTIONS } from '../../src/egress/options.ts';
import { ENTRY_OPTIONS } from '../../src/egress/policy/entry.ts';
import { SETTING_NAMES, SETTINGS } from '../../src/egress/settings.ts';
import { ERROR_TABLE } from '../../src/errors/table.ts';
import { ISOLATE_OPTIONS, SANDBOX_OPTIONS } from '../../src/isolate/host/options.ts';
import { LISTENER_TLS_OPTIONS } from '../../src/net/dial/tls-files.ts';
import { NARROW_TABLE } from '../../src/net/grants/narrowing.ts';
import { FETCH_ALL_OPTIONS } from '../../src/net/http/fetch-all.ts';
import { CLIENT_OPTIONS, REQUEST_OPTIONS } from '../../src/net/http/options.ts';
import { LIMIT_OPTIONS, OPEN_OPTIONS } from '../../src/net/net-options.ts';
import type { OptionTable } from '../../src/net/options.ts';
import {
  LINE_OPTIONS,
  LISTEN_OPTIONS,
  TCP_OPTIONS,
  TLS_SOCKET_OPTIONS,
  UDP_OPTIONS,
  UNTIL_OPTIONS,
} from '../../src/net/socket/options.ts';
import { EVENT_OPTIONS, WEB_SOCKET_OPTIONS } from '../../src/net/stream/options.ts';
import { OPERATIONS } from '../../src/wire/operations.ts';
import { rowDifferences, rowTable } from '../isolate/web/tables.ts';
import { knownFailures, leftOut, resultTable } from '../isolate/wpt/tables.ts';
import { markdownTable } from './spec-page.ts';

type Language = 'caspian' | 'typescript';

/** `max_body` for `maxBody`. */
export function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The class as a script names it, without what all of them begin with. */
function shortType(type: string): string {
  return type.replace(/^puck\.uno\/error/, '…');
}

/** Words of TypeScript's in a sentence, as Caspian has them. */
function inCaspian(sentence: string): string {
  const named = ERROR_TABLE.reduce((text, { name, type }) => text.replaceAll(name, `\`${shortType(type)}\``), sentence);
  return named.replaceAll(/`?\b([a-z]+(?:[A-Z][a-z0-9]*)+)\b`?/g, (_all, word: string) => `\`${snakeCase(word)}\``);
}

function defaultText(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return `\`'${value}'\``;
  if (Array.isArray(value)) return `\`[${value.map((item) => `'${String(item)}'`).join(', ')}]\``;
  return `\`${String(value)}\``;
}

function typeText({ type, range }: { type: string; range: string }, language: Language): string {
  const word = language === 'caspian' ? type.replace(/^object$/, 'hash') : type;
  return range === '' ? word : `${word}: ${range}`;
}

/** The table of a set of options. A script has no signals to give. */
function optionTable(table: OptionTable, language: Language): string {
  const rows = Object.entries(table).filter(([, { type }]) => language === 'typescript' || type !== 'AbortSignal');
  return markdownTable(
    ['Option', 'Type', 'Unit', 'Default', 'Meaning'],
    rows.map(([name, row]) => [
      language === 'caspian' ? `\`${snakeCase(name)}:\`` : `\`${name}\``,
      typeText(row, language),
      row.unit,
      defaultText(row.default),
      language === 'caspian' ? inCaspian(row.doc) : row.doc,
    ]),
  );
}

function errorTable(): string {
  return markdownTable(
    ['Caspian', 'TypeScript', 'Code', 'Retryable', 'Below', 'When'],
    ERROR_TABLE.map(({ type, name, code, retryable, parent, when }) => [
      `\`${type}\``,
      `\`${name}\``,
      `\`${code}\``,
      retryable ? 'yes' : 'no',
      parent === null ? '' : `\`${shortType(parent)}\``,
      when,
    ]),
  );
}

function operationTable(): string {
  return markdownTable(
    ['No.', 'Operation', 'Goes to', 'Arguments', 'Result'],
    OPERATIONS.map(({ number, name, on, arguments: given, gives }) => [
      String(number),
      `\`${name}\``,
      on === null ? 'the link' : on === 'any' ? 'any handle' : `a ${on}`,
      given.map((argument) => `\`${argument.name}\` ${argument.kind}`).join(', '),
      gives,
    ]),
  );
}

function flagTable(): string {
  return markdownTable(
    ['Flag', 'Group', 'Repeatable', 'What it does'],
    FLAGS.map(({ name, short, value, placeholder, repeatable, group, doc }) => [
      `${short === null ? '' : `\`-${short}\`, `}\`--${name}${valueText(value, placeholder)}\``,
      group,
      repeatable ? 'yes' : '',
      doc,
    ]),
  );
}

function valueText(value: 'none' | 'required' | 'optional', placeholder: string | null): string {
  if (value === 'none') return '';
  return value === 'required' ? `=${placeholder}` : `[=${placeholder}]`;
}

function settingTable(): string {
  return markdownTable(
    ['Setting', 'Takes', 'Default', 'Of an app', 'Meaning'],
    SETTING_NAMES.map((name) => {
      const { range, defaultText: value, perApp, doc } = SETTINGS[name];
      return [`\`${name}\``, range, `\`${value}\``, perApp ? 'yes' : '', doc];
    }),
  );
}

function commandTable(): string {
  return markdownTable(
    ['Command', 'Options', 'What it does'],
    COMMANDS.map(({ form, options, doc }) => [
      `\`${form}\``,
      Object.keys(options)
        .map((name) => `\`--${name}\``)
        .join(' '),
      doc,
    ]),
  );
}

/** What each page may ask for, by the name in its mark. */
export const PARTS: Readonly<Record<string, string>> = {
  'tcp-options': optionTable(TCP_OPTIONS, 'caspian'),
  'tls-options': optionTable(without(TLS_SOCKET_OPTIONS, TCP_OPTIONS), 'caspian'),
  'line-options': optionTable(LINE_OPTIONS, 'caspian'),
  'until-options': optionTable(UNTIL_OPTIONS, 'caspian'),
  'client-options': optionTable(CLIENT_OPTIONS, 'caspian'),
  'request-options': optionTable(REQUEST_OPTIONS, 'caspian'),
  'fetch-all-options': optionTable(FETCH_ALL_OPTIONS, 'caspian'),
  'narrow-options': optionTable(NARROW_TABLE, 'caspian'),
  'web-socket-options': optionTable(WEB_SOCKET_OPTIONS, 'caspian'),
  'event-options': optionTable(EVENT_OPTIONS, 'caspian'),
  'script-listen-options': optionTable(LISTEN_OPTIONS, 'caspian'),
  'script-server-tls-options': optionTable(LISTENER_TLS_OPTIONS, 'caspian'),
  'listen-options': optionTable(LISTEN_OPTIONS, 'typescript'),
  'server-tls-options': optionTable(LISTENER_TLS_OPTIONS, 'typescript'),
  'udp-options': optionTable(UDP_OPTIONS, 'typescript'),
  'open-options': optionTable(OPEN_OPTIONS, 'typescript'),
  'open-limits': optionTable(LIMIT_OPTIONS, 'typescript'),
  'sandbox-options': optionTable(SANDBOX_OPTIONS, 'typescript'),
  'isolate-options': optionTable(ISOLATE_OPTIONS, 'typescript'),
  'egress-options': optionTable(EGRESS_OPTIONS, 'typescript'),
  'entry-options': optionTable(ENTRY_OPTIONS, 'typescript'),
  'egress-settings': settingTable(),
  'operator-commands': commandTable(),
  errors: errorTable(),
  operations: operationTable(),
  'wpt-results': resultTable(),
  'wpt-failures': knownFailures(),
  'wpt-left-out': leftOut(),
  'web-api-rows': rowTable(),
  'web-api-differences': rowDifferences(),
  flags: flagTable(),
};

function without(table: OptionTable, other: OptionTable): OptionTable {
  return Object.fromEntries(Object.entries(table).filter(([name]) => !Object.hasOwn(other, name)));
}
