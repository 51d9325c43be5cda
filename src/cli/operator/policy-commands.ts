/**
 * `allow`, `deny`, `limits` and `explain`: the policy of an egress from the shell. Trusted side.
 */
import type { EntryInfo } from '../../egress/egress.ts';
import { SETTING_NAMES, SETTINGS } from '../../egress/settings.ts';
import { APP, type Context, type Given, type OperatorCommand } from './command.ts';
import type { Cell } from './output.ts';

function text(describe: string) {
  return { type: 'string', describe, requiresArg: true } as const;
}

async function allow(given: Given, { egress, output }: Context): Promise<number> {
  const rule = given.text('rule');
  const options = {
    app: given.app,
    httpsOnly: given.flag('http') ? false : undefined,
    rate: given.optional('rate'),
    burst: given.count('burst'),
    maxResponse: given.count('max-response'),
    timeout: given.optional('timeout'),
    cacheTtl: given.optional('cache-ttl'),
    shared: given.flag('shared') ? true : undefined,
    allowAddresses: given.list('allow-address'),
  };
  await egress.allow(rule, options);
  output.done(`allowed: ${rule}${forWhom(given)}`);
  return 0;
}

async function deny(given: Given, { egress, output }: Context): Promise<number> {
  const rule = given.text('rule');
  await egress.deny(rule, { app: given.app });
  output.done(`denied: ${rule}${forWhom(given)}`);
  return 0;
}

function remove(kind: 'allow' | 'deny'): OperatorCommand['run'] {
  return async (given, { egress, output }) => {
    const rule = given.text('rule');
    const removed = await egress.remove(kind, rule, { app: given.app });
    output.done(removed ? `removed: ${kind} ${rule}` : `there is no such entry: ${kind} ${rule}${forWhom(given)}`);
    return removed ? 0 : 1;
  };
}

function list(kind: 'allow' | 'deny'): OperatorCommand['run'] {
  return async (_given, { egress, output }) => {
    const entries = (await egress.entries()).filter((entry) => entry.kind === kind);
    output.rows(
      ['rule', 'app', 'options'],
      entries.map(rowOf),
      `no entry: ${kind === 'allow' ? 'nothing is let out' : 'nothing is denied'}`,
    );
    return 0;
  };
}

function rowOf({ rule, app, options }: EntryInfo): Readonly<Record<string, Cell>> {
  const said = Object.entries(options).filter(([, value]) => !(Array.isArray(value) && value.length === 0));
  return { rule, app, options: Object.fromEntries(said) };
}

function forWhom({ app }: Given): string {
  return app === null ? '' : ` (app ${app})`;
}

async function limits({ app }: Given, { egress, output }: Context): Promise<number> {
  const settings = await egress.settings({ app });
  const rows = SETTING_NAMES.map((name) => ({
    limit: name,
    value: settings[name] ?? '',
    default: SETTINGS[name].defaultText,
    'of an app': SETTINGS[name].perApp,
    what: SETTINGS[name].doc,
  }));
  output.rows(['limit', 'value', 'default', 'of an app', 'what'], rows, '');
  return 0;
}

async function setLimit(given: Given, { egress, output }: Context): Promise<number> {
  const [name, value] = [given.text('name'), given.text('value')];
  await egress.set(name, value, { app: given.app });
  output.done(`${name} is ${value}${forWhom(given)}`);
  return 0;
}

async function explain(given: Given, { egress, output }: Context): Promise<number> {
  const app = given.app ?? 'operator';
  const { allowed, reason, rule, mode, bounds } = await egress.explain(given.text('url'), { app });
  output.fields({ allowed, reason, rule, mode, app, ...(allowed ? bounds : {}) });
  return allowed ? 0 : 1;
}

export const POLICY_COMMANDS: readonly OperatorCommand[] = [
  {
    form: 'allow add <rule>',
    doc: 'let requests to these hosts out; the same rule and app again replaces the entry',
    options: {
      app: APP,
      http: { type: 'boolean', describe: 'http: too, not https: alone' },
      rate: text('so many requests in a while: 60/min'),
      burst: text('how many of the rate may come at once'),
      'max-response': text('the most bytes of a body, decoded'),
      timeout: text('of a call that does not say: 10s'),
      'cache-ttl': text('how long responses are kept: 5m'),
      shared: { type: 'boolean', describe: 'apps share what is kept' },
      'allow-address': { ...text('an address or network that is not public and may be reached'), array: false },
    },
    run: allow,
  },
  { form: 'allow remove <rule>', doc: 'take an entry away', options: { app: APP }, run: remove('allow') },
  { form: 'allow list', doc: 'what is let out', options: {}, run: list('allow') },
  { form: 'deny add <rule>', doc: 'deny these hosts, whatever is allowed', options: { app: APP }, run: deny },
  { form: 'deny remove <rule>', doc: 'take an entry away', options: { app: APP }, run: remove('deny') },
  { form: 'deny list', doc: 'what is denied', options: {}, run: list('deny') },
  {
    form: 'limits',
    doc: 'every limit and setting, as it holds for all or for an app',
    options: { app: APP },
    run: limits,
  },
  { form: 'limits set <name> <value>', doc: 'change one', options: { app: APP }, run: setLimit },
  { form: 'explain <url>', doc: 'which rule decides, and why; nothing is sent', options: { app: APP }, run: explain },
];
