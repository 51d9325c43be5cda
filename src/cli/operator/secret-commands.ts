/**
 * `secrets`: what the egress keeps under a name. Trusted side. A value comes from standard input or a prompt, never from an
 * argument, which others could read in the list of processes; and none is ever printed.
 */
import { UsageError } from '../arguments.ts';
import { APP, type Context, type Given, type OperatorCommand } from './command.ts';
import { readValue } from './value.ts';

async function set(given: Given, { egress, output, signal }: Context): Promise<number> {
  const name = given.text('name');
  const hosts = given.list('host');
  if (hosts.length === 0) throw new UsageError('--host is needed: where the secret may go');
  const [methods, paths] = [given.list('method'), given.list('path')];
  const scope = { hosts, methods: methods.length === 0 ? null : methods, paths: paths.length === 0 ? null : paths };
  await egress.secrets.set(name, await readValue(name, signal), scope, given.app);
  output.done(`kept: ${name}, for ${hosts.join(', ')}`);
  return 0;
}

async function rotate(given: Given, { egress, output, signal }: Context): Promise<number> {
  const name = given.text('name');
  // Read here too: who mistypes it is told before a value is asked for.
  const overlapMs = given.duration('overlap') ?? 0;
  await egress.secrets.rotate(name, await readValue(name, signal), overlapMs / 1_000, given.app);
  output.done(`rotated: ${name}`);
  return 0;
}

async function remove(given: Given, { egress, output }: Context): Promise<number> {
  const name = given.text('name');
  const removed = await egress.secrets.remove(name, given.app);
  output.done(removed ? `removed: ${name}` : `there is no secret ${name}`);
  return removed ? 0 : 1;
}

async function list(_given: Given, { egress, output }: Context): Promise<number> {
  const rows = (await egress.secrets.list()).map(({ name, app, hosts, methods, paths, changedAt, overlapUntil }) => ({
    name,
    app,
    hosts: hosts.join(' '),
    methods: methods?.join(' ') ?? null,
    paths: paths?.join(' ') ?? null,
    changed: changedAt.toISOString(),
    overlap: overlapUntil?.toISOString() ?? null,
  }));
  output.rows(['name', 'app', 'hosts', 'methods', 'paths', 'changed', 'overlap'], rows, 'no secret is kept');
  return 0;
}

function several(describe: string) {
  return { type: 'string', describe, requiresArg: true } as const;
}

export const SECRET_COMMANDS: readonly OperatorCommand[] = [
  {
    form: 'secrets set <name>',
    doc: 'keep a value, read from standard input or asked for',
    options: {
      app: APP,
      host: several('where it may go; may be given several times'),
      method: several('with these methods alone'),
      path: several('to these paths alone: /v1/*'),
    },
    run: set,
  },
  {
    form: 'secrets rotate <name>',
    doc: 'replace the value, read as with set',
    options: { app: APP, overlap: several('how long the old value counts too: 10m') },
    run: rotate,
  },
  { form: 'secrets remove <name>', doc: 'forget it', options: { app: APP }, run: remove },
  { form: 'secrets list', doc: 'names and where they may go, never values', options: {}, run: list },
];
