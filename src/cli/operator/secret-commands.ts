/**
 * `secrets`: what the egress keeps under a name. Trusted side. A value comes from standard input or a prompt, never from an
 * argument, which others could read in the list of processes; and none is ever printed.
 */
import { checkSecret, checkSecretName, checkValue } from '../../egress/secrets/secrets.ts';
import { UsageError } from '../arguments.ts';
import { APP, type Given, type OperatorCommand, type Step, value } from './command.ts';
import { Failure } from './failure.ts';
import { forWhom } from './policy-commands.ts';
import { readValue } from './value.ts';

async function set(given: Given, signal: AbortSignal): Promise<Step> {
  const [name, app, hosts] = [given.text('name'), given.app, given.list('host')];
  if (hosts.length === 0) throw new UsageError('--host is needed: where the secret may go');
  const [methods, paths] = [given.list('method'), given.list('path')];
  const scope = { hosts, methods: methods.length === 0 ? null : methods, paths: paths.length === 0 ? null : paths };
  const secret = await readValue(name, signal);
  checkSecret(name, secret, scope);
  return async ({ egress, output }) => {
    await egress.secrets.set(name, secret, scope, app);
    await output.done(`kept: ${name}, for ${hosts.join(', ')}`, { kept: name, app, ...scope });
    return 0;
  };
}

async function rotate(given: Given, signal: AbortSignal): Promise<Step> {
  const [name, app, overlapMs] = [checkSecretName(given.text('name')), given.app, given.duration('overlap') ?? 0];
  const secret = await readValue(name, signal);
  checkValue(secret);
  return async ({ egress, output }) => {
    await egress.secrets.rotate(name, secret, overlapMs / 1_000, app);
    await output.done(`rotated: ${name}${forWhom(app)}`, { rotated: name, app, overlap: overlapMs / 1_000 });
    return 0;
  };
}

function remove(given: Given): Step {
  const [name, app] = [checkSecretName(given.text('name')), given.app];
  return async ({ egress, output }) => {
    const removed = await egress.secrets.remove(name, app);
    if (!removed) throw new Failure(`there is no secret ${name}${forWhom(app)}`);
    await output.done(`removed: ${name}${forWhom(app)}`, { removed: name, app });
    return 0;
  };
}

const COLUMNS = ['name', 'app', 'hosts', 'methods', 'paths', 'changed', 'overlap'].map((key) => ({ key }));

function list(): Step {
  return async ({ egress, output }) => {
    const rows = (await egress.secrets.list()).map(({ name, app, hosts, methods, paths, changedAt, overlapUntil }) => ({
      name,
      app,
      hosts,
      methods: methods ?? null,
      paths: paths ?? null,
      changed: changedAt.toISOString(),
      overlap: overlapUntil?.toISOString() ?? null,
    }));
    await output.rows(COLUMNS, rows, 'no secret is kept');
    return 0;
  };
}

export const SECRET_COMMANDS: readonly OperatorCommand[] = [
  {
    form: 'secrets set <name>',
    doc: 'keep a value, read from standard input or asked for',
    options: {
      app: APP,
      host: value('where it may go; may be given several times'),
      method: value('with these methods alone'),
      path: value('to these paths alone: /v1/*'),
    },
    effect: 'makes',
    prepare: set,
  },
  {
    form: 'secrets rotate <name>',
    doc: 'replace the value, read as with set',
    options: { app: APP, overlap: value('how long the old value counts too: 10m') },
    effect: 'changes',
    prepare: rotate,
  },
  { form: 'secrets remove <name>', doc: 'forget it', options: { app: APP }, effect: 'changes', prepare: remove },
  {
    form: 'secrets list',
    doc: 'names and where they may go, never values',
    options: {},
    effect: 'looks',
    prepare: list,
  },
];
