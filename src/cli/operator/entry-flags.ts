/**
 * The options of an entry as flags of `allow add`: how each is called, read and shown at the shell. Trusted side.
 */
import type { Options } from 'yargs';
import type { EntryInfo } from '../../egress/egress.ts';
import { ENTRY_OPTIONS, type EntryOptions, readNetworks } from '../../egress/policy/entry.ts';
import { UsageError } from '../arguments.ts';
import { type Given, value } from './command.ts';

type EntryKey = keyof typeof ENTRY_OPTIONS;

const FLAGS: Readonly<Record<EntryKey, readonly [flag: string, option: Options]>> = {
  httpsOnly: ['http', { type: 'boolean', describe: 'http: too, not https: alone' }],
  rate: ['rate', value('so many requests in a while: 60/min')],
  burst: ['burst', value('how many of the rate may come at once')],
  maxResponse: ['max-response', value('the most bytes of a body, decoded')],
  timeout: ['timeout', value('of a call that does not say: 10s')],
  cacheTtl: ['cache-ttl', value('how long responses are kept: 5m')],
  shared: ['shared', { type: 'boolean', describe: 'apps share what is kept' }],
  allowAddresses: ['allow-address', value('an address or network that is not public and may be reached')],
};
const KEYS: readonly EntryKey[] = [
  'httpsOnly',
  'rate',
  'burst',
  'maxResponse',
  'timeout',
  'cacheTtl',
  'shared',
  'allowAddresses',
];

export const ENTRY_FLAGS: Readonly<Record<string, Options>> = Object.fromEntries(Object.values(FLAGS));

/** Raises UsageError that names the flag. */
export function readEntryFlags(given: Given): EntryOptions {
  const addresses = given.list('allow-address');
  const options = {
    httpsOnly: given.flag('http') ? false : undefined,
    rate: given.optional('rate'),
    burst: given.count('burst'),
    maxResponse: given.count('max-response'),
    timeout: given.optional('timeout'),
    cacheTtl: given.optional('cache-ttl'),
    shared: given.flag('shared') ? true : undefined,
    allowAddresses: addresses.length === 0 ? undefined : addresses,
  };
  if (options.burst !== undefined && options.rate === undefined) {
    throw new UsageError('--burst needs --rate', 'it is how many of the rate may come at once');
  }
  for (const key of KEYS) check(key, options[key]);
  return options;
}

function check(key: EntryKey, written: unknown): void {
  if (written === undefined) return;
  const [flag] = FLAGS[key];
  const read = key === 'allowAddresses' ? readNetworks(written, `--${flag}`) : ENTRY_OPTIONS[key].read(written);
  if ('refused' in read) throw new UsageError(`--${flag}=${String(written)}: this ${read.refused}`);
}

/** As they would be written: `--http --rate 60/min`. */
export function entryFlagsText({ options }: Pick<EntryInfo, 'options'>): string {
  return KEYS.flatMap((key) => {
    const held = options[key];
    const [flag, { type }] = FLAGS[key];
    if (held === undefined || held === null) return [];
    // `--http` stands for what is false.
    if (type === 'boolean') return held === (key !== 'httpsOnly') ? [`--${flag}`] : [];
    const all: readonly unknown[] = Array.isArray(held) ? held : [held];
    return all.map((each) => `--${flag} ${String(each)}`);
  }).join(' ');
}
