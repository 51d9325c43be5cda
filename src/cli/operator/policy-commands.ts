/**
 * `allow`, `deny` and `explain`: the policy of an egress from the shell. Trusted side.
 */
import type { EntryInfo } from '../../egress/egress.ts';
import { type EntryKind, readEntry } from '../../egress/policy/entry.ts';
import { readTarget } from '../../egress/policy/explain.ts';
import { APP, AS_APP, type Given, OPERATOR, type OperatorCommand, type Step } from './command.ts';
import { ENTRY_FLAGS, entryFlagsText, readEntryFlags } from './entry-flags.ts';
import { Failure } from './failure.ts';
import type { Output, Row } from './output.ts';

const DONE: Readonly<Record<EntryKind, string>> = { allow: 'allowed', deny: 'denied' };
const NONE: Readonly<Record<EntryKind, string>> = { allow: 'nothing is let out', deny: 'nothing is denied' };

function allow(given: Given): Step {
  const [rule, app, options] = [given.text('rule'), given.app, readEntryFlags(given)];
  readEntry('allow', app, rule, options);
  return async ({ egress, output }) => {
    const before = await egress.allow(rule, { ...options, app });
    return added(output, { kind: 'allow', rule, app, options: { ...options } }, before);
  };
}

function deny(given: Given): Step {
  const [rule, app] = [given.text('rule'), given.app];
  readEntry('deny', app, rule);
  return async ({ egress, output }) =>
    added(output, { kind: 'deny', rule, app, options: {} }, await egress.deny(rule, { app }));
}

/** Says what there is now, and what there was. */
async function added(output: Output, entry: EntryInfo, before: EntryInfo | null): Promise<number> {
  const { kind, rule, app, options } = entry;
  const was = before === null ? '' : `; before: ${entryFlagsText(before) || 'no options'}`;
  const replaced: Row | null = before === null ? null : { rule: before.rule, options: before.options };
  await output.done(`${before === null ? DONE[kind] : 'replaced'}: ${rule}${forWhom(app)}${was}`, {
    [DONE[kind]]: rule,
    app,
    options,
    replaced,
  });
  return 0;
}

function remove(kind: EntryKind): OperatorCommand['prepare'] {
  return (given) => {
    const [rule, app] = [given.text('rule'), given.app];
    readEntry(kind, app, rule);
    return async ({ egress, output }) => {
      const removed = await egress.remove(kind, rule, { app });
      if (!removed) throw new Failure(`there is no such entry: ${kind} ${rule}${forWhom(app)}`);
      await output.done(`removed: ${kind} ${rule}${forWhom(app)}`, { removed: rule, kind, app });
      return 0;
    };
  };
}

function list(kind: EntryKind): OperatorCommand['prepare'] {
  return () =>
    async ({ egress, output }) => {
      const entries = (await egress.entries()).filter((entry) => entry.kind === kind);
      await output.rows(
        [{ key: 'rule' }, { key: 'app' }, { key: 'options', show: (entry) => entryFlagsText(entry) || '-' }],
        entries.map(({ rule, app, options }) => ({ rule, app, options })),
        `no entry: ${NONE[kind]}`,
      );
      return 0;
    };
}

export function forWhom(app: string | null): string {
  return app === null ? '' : ` (app ${app})`;
}

function explain(given: Given): Step {
  const [app, url] = [given.app ?? OPERATOR, given.text('url')];
  readTarget(url);
  return async ({ egress, output }) => {
    const { allowed, reason, rule, mode, bounds } = await egress.explain(url, { app });
    const holds = Object.entries(bounds).map(([name, bound]) => [camelCase(name), bound] as const);
    await output.fields({ allowed, reason, rule, mode, app, ...(allowed ? Object.fromEntries(holds) : {}) });
    return allowed ? 0 : 1;
  };
}

/** `app_rate` → `appRate` */
function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

export const POLICY_COMMANDS: readonly OperatorCommand[] = [
  {
    form: 'allow add <rule>',
    doc: 'let requests to these hosts out; the same rule and app again replaces the entry',
    options: { app: APP, ...ENTRY_FLAGS },
    effect: 'makes',
    prepare: allow,
  },
  {
    form: 'allow remove <rule>',
    doc: 'take an entry away',
    options: { app: APP },
    effect: 'changes',
    prepare: remove('allow'),
  },
  { form: 'allow list', doc: 'what is let out', options: {}, effect: 'looks', prepare: list('allow') },
  {
    form: 'deny add <rule>',
    doc: 'deny these hosts, whatever is allowed',
    options: { app: APP },
    effect: 'makes',
    prepare: deny,
  },
  {
    form: 'deny remove <rule>',
    doc: 'take an entry away',
    options: { app: APP },
    effect: 'changes',
    prepare: remove('deny'),
  },
  { form: 'deny list', doc: 'what is denied', options: {}, effect: 'looks', prepare: list('deny') },
];

export const EXPLAIN_COMMANDS: readonly OperatorCommand[] = [
  {
    form: 'explain <url>',
    doc: 'which rule decides, and why; nothing is sent',
    options: { app: AS_APP },
    effect: 'looks',
    prepare: explain,
  },
];
