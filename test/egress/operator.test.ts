/** `caspian-net` from the shell: what it does, what it says to a wrong line, and what it never prints. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { caspian, type Ran } from '../helpers/cli.ts';
import { startHttp } from '../helpers/http-server.ts';

const bin = fileURLToPath(new URL('../../bin/caspian-net.cjs', import.meta.url));
const PATIENCE_MS = 15_000;
const VALUE = 'sk_live_never_shown';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'caspian-net-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function operator(line: string, stdin = ''): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...line.split(' ')], { cwd: folder, timeout: PATIENCE_MS });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data: Buffer) => {
      stdout += data.toString();
    });
    child.stderr.on('data', (data: Buffer) => {
      stderr += data.toString();
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ stdout, stderr, code, signal }));
    child.stdin.end(stdin);
  });
}

test('from nothing to a call of an app, refused and let out, and the rows of both', async () => {
  await using server = await startHttp((response, { headers }) => response.end(String(headers['authorization'])));
  const url = `http://localhost:${server.port}/x?q=1`;
  const state = `sqlite:${join(folder, 'egress.db')}`;
  const script = (code: string) => caspian([`--egress=${state}`, '--app=billing', '-e', code]);
  const fetch = `puts %net.fetch("${url}", auth: "KEY").status`;

  expect(await operator('allow list')).toMatchObject({ code: 0, stdout: 'no entry: nothing is let out\n' });
  expect(await script(fetch)).toMatchObject({ code: 1, stderr: expect.stringContaining('caspian-net allow add') });
  const added = await operator(
    `allow add localhost:${server.port} --http --allow-address 127.0.0.1 --allow-address ::1 --app billing`,
  );
  expect(added).toMatchObject({ code: 0, stderr: '' });
  expect(await script(fetch)).toMatchObject({ code: 1, stderr: expect.stringContaining('secret_not_allowed') });
  expect(await operator(`secrets set KEY --host localhost:${server.port}`, `${VALUE}\n`)).toMatchObject({ code: 0 });
  expect(await script(fetch)).toMatchObject({ code: 0, stdout: '200\n' });
  expect(server.seen[0]?.headers['authorization']).toBe(`Bearer ${VALUE}`);

  const logs = await operator('logs --app billing --json');
  const rows = logs.stdout
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect(rows).toMatchObject([
    { verdict: 'denied', status: 'NET_HOST_NOT_ALLOWED' },
    { verdict: 'denied', status: 'NET_AUTH' },
    { verdict: 'ok', status: 200, path: '/x', rule: `allow localhost:${server.port} (app billing)` },
  ]);
  expect((await operator('logs --status error')).stdout.split('\n')).toHaveLength(4);
  expect(await operator(`explain ${url} --app billing`)).toMatchObject({ code: 0 });
  expect(await operator(`explain ${url} --app other`)).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^allowed {2}no\nreason {3}no entry/),
  });
  const explained = await operator(`explain ${url} --app other --json`);
  expect(JSON.parse(explained.stdout)).toMatchObject({ allowed: false, app: 'other' });

  const listed = await operator('secrets list');
  for (const { stdout, stderr } of [logs, listed]) expect(stdout + stderr).not.toContain(VALUE);
  const files = readdirSync(folder).map((file) => readFileSync(join(folder, file)));
  for (const bytes of files) expect(bytes.includes(VALUE)).toBe(false);
});

test('what the policy refuses is a decision, and told by --net-report', async () => {
  const state = `sqlite:${join(folder, 'report.db')}`;
  const report = join(folder, 'report.jsonl');
  const code =
    "catch('puck.uno/error')\n%net.fetch('https://elsewhere.test/x?q=1')\nend\ncatch('puck.uno/error')\n%net.web_socket('wss://other.test/')\nend";
  const ran = await caspian([`--egress=${state}`, '--app=a', `--net-report=${report}`, '-e', code]);
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  const rows = readFileSync(report, 'utf8').trim().split('\n');
  const error = 'puck.uno/error/network/host_not_allowed';
  expect(rows.map((row): unknown => JSON.parse(row))).toMatchObject([
    { role: 'user', operation: 'fetch', host: 'elsewhere.test', port: 443, line: 2, error },
    { role: 'user', operation: 'web_socket', host: 'other.test', port: 443, line: 5, error },
  ]);
});

describe('a wrong line is said in one, and nothing is done', () => {
  test.each([
    ['alow list', 'unknown: alow (did you mean allow?)'],
    ['allow', 'allow what?'],
    ['allow add', 'an argument is missing'],
    ['allow add https://x.test', 'is a URL'],
    ['allow add 10.0.0.1', 'is an address'],
    ['allow add x.test --rate often', 'rate must be a count and a unit'],
    ['allow add x.test --burst many', '--burst=many: this must be a whole number'],
    ['allow add x.test --app a/b', "an app's name"],
    ['allow add x.test --frob', 'unknown: frob'],
    ['limits set app_rte 1', 'did you mean app_rate?'],
    ['limits set app_rate 1', 'must be a count and a unit'],
    ['limits set total_rate 1/s --app a', 'no app has its own'],
    ['secrets set KEY', '--host is needed'],
    ['secrets set KEY --host x.test', 'no value was given'],
    ['logs --since soon', '--since=soon'],
    ['explain nothing', ''],
    ['logs --state redis', "state must be 'sqlite:PATH'"],
  ])('%s', async (line, said) => {
    const { code, stdout, stderr } = await operator(line);
    expect({ code, stdout, stderr }).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(said) });
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('what is not there ends with 1', async () => {
    expect(await operator('allow remove nothing.test')).toMatchObject({ code: 1 });
    expect(await operator('secrets remove NOTHING')).toMatchObject({ code: 1 });
  });
});
