/** `caspian-net` from the shell: what it does, what it says to a wrong line, and what it never prints. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
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
  return run(process.execPath, [bin, ...line.split(' ')], stdin);
}

function run(file: string, args: readonly string[], stdin = ''): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: folder, timeout: PATIENCE_MS });
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
    ['allow add', 'RULE is missing (caspian-net allow add RULE; see caspian-net allow add --help)'],
    ['limits set retries', 'VALUE is missing'],
    ['allow add x.test --rate', '--rate needs a value'],
    ['allow add x.test y.test', 'there is no place for y.test'],
    ['limits resett', 'did you mean reset?'],
    ['allow add https://x.test', 'is a URL'],
    ['allow add 10.0.0.1', 'is an address'],
    ['allow add x.test --rate often', '--rate=often: this must be a count and a unit'],
    ['allow add x.test --max-response 9999999999', '--max-response=9999999999: this must be an integer'],
    ['allow add x.test --allow-address y', '--allow-address=y: this takes addresses'],
    ['allow add x.test --allow-address 10.0.0.0/99', '--allow-address'],
    ['allow add x.test --timeout soon', '--timeout=soon: this must be a number of seconds'],
    ['allow add x.test --burst 5', '--burst needs --rate'],
    ['allow add x.test --http=maybe', '--http takes no value'],
    ['deny add private', 'names a set of addresses, and egress goes to names alone (deny the name'],
    ['deny add 10.0.0.0/8', 'is a network, and egress goes to names alone (deny the name'],
    ['allow add x.test --burst many', '--burst=many: this must be a whole number'],
    ['allow add x.test --app a/b', "an app's name"],
    ['allow add x.test --frob', 'unknown option --frob (see caspian-net allow add --help)'],
    ['allow add --htp x.test', 'unknown option --htp (did you mean --http? Else see caspian-net allow add --help)'],
    ['allow add -q x.test', 'unknown option -q'],
    ['--stat x allow list', 'unknown option --stat (did you mean --state? Else see caspian-net --help)'],
    ['limits --app a/b', "an app's name"],
    ['limits reset app_rte', 'did you mean app_rate?'],
    ['logs --status bogus', '--status=bogus: this must be a status such as 404, or one of: ok, denied'],
    ['logs --host http://x', "--host=http://x: this must be a host's name alone"],
    ['logs --host x.test:443', "this must be a host's name alone"],
    ['allow add x.test --state :memory:', '--state=:memory:: nothing would be kept'],
    ['logs --state redis://u:pass@host:port', '--state=redis://***@host:port: this must be'],
    ['limits set app_rte 1', 'did you mean app_rate?'],
    ['limits set app_rate 1', 'must be a count and a unit'],
    ['limits set total_rate 1/s --app a', 'no app has its own'],
    ['secrets set KEY', '--host is needed'],
    ['secrets set KEY --host x.test', 'no value was given'],
    ['logs --since soon', '--since=soon'],
    ['explain nothing', ''],
    ['logs --state redis', "--state=redis: this must be 'sqlite:PATH'"],
  ])('%s', async (line, said) => {
    const { code, stdout, stderr } = await operator(line);
    expect({ code, stdout, stderr }).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(said) });
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('what is not there ends with 1, and is said on standard error', async () => {
    const missing = { code: 1, stdout: '', stderr: expect.stringContaining('there is no') };
    expect(await operator('allow remove nothing.test')).toMatchObject(missing);
    expect(await operator('secrets remove NOTHING')).toMatchObject(missing);
    expect(await operator('secrets rotate NOTHING', 'value')).toMatchObject(missing);
    expect(await operator('limits reset retries')).toMatchObject(missing);
  });
});

describe('a state that is not there', () => {
  const file = () => join(folder, 'new.db');
  const there = () => existsSync(file());

  test.each([
    'logs',
    'allow list',
    'deny list',
    'limits',
    'explain https://x.test/',
    'secrets list',
    'fetch https://x.test/',
    'cache stats',
    'cache clear',
    'dashboard',
    'allow remove x.test',
    'limits reset timeout',
  ])('is not made by %s', async (line) => {
    expect(await operator(`${line} --state sqlite:${file()}`)).toEqual({
      code: 1,
      signal: null,
      stdout: '',
      stderr: `caspian-net: there is no state in ${file()} (caspian-net allow add makes it; --state names another)\n`,
    });
    expect(there()).toBe(false);
  });

  test.each([
    'allow add https://x.test',
    'allow add x.test --frob',
    'limits set timeout soon',
    'secrets set K --host :',
  ])('is not made by a line that is wrong: %s', async (line) => {
    expect(await operator(`${line} --state sqlite:${file()}`, 'value')).toMatchObject({ code: 2 });
    expect(there()).toBe(false);
  });

  test('is made by what adds to it, which says so', async () => {
    const made = await operator(`deny add x.test --state sqlite:${file()}`);
    expect(made).toMatchObject({ code: 0, stdout: 'denied: x.test\n', stderr: `new state: ${file()}\n` });
    expect(await operator(`deny add y.test --state sqlite:${file()}`)).toMatchObject({ code: 0, stderr: '' });
  });

  test('of an empty variable is none', async () => {
    const ran = await shell('CASPIAN_EGRESS_STATE= "$0" "$1" limits | head -1');
    expect(ran).toMatchObject({ stdout: expect.stringMatching(/^LIMIT/), stderr: '' });
    expect(await shell('CASPIAN_EGRESS_STATE=x "$0" "$1" limits')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('CASPIAN_EGRESS_STATE=x: this must be'),
    });
  });
});

/** A line of bash; `"$0" "$1"` is the command, and a pipe's exit code that of the command. */
function shell(line: string): Promise<Ran> {
  return run('bash', ['-c', `set -o pipefail; ${line}`, process.execPath, bin]);
}

describe('what reads the output', () => {
  test.each(['limits', 'limits --json', 'allow list'])('may go, and %s ends quietly', async (line) => {
    expect(await shell(`"$0" "$1" ${line} | true`)).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  test('may go while logs follow, or a body comes', async () => {
    await using server = await startHttp((response) => response.end('x'.repeat(2_000_000)));
    const rule = `localhost:${server.port}`;
    await operator(`allow add ${rule} --http --allow-address 127.0.0.1 --allow-address ::1`);
    expect(await shell(`"$0" "$1" fetch http://${rule}/ 2>/dev/null | head -c 10`)).toMatchObject({
      code: 0,
      stdout: 'xxxxxxxxxx',
      stderr: '',
    });
    const following = shell('"$0" "$1" logs --follow --limit 1 | head -1');
    let isOver = false;
    void following.then(() => {
      isOver = true;
    });
    while (!isOver) await operator(`fetch http://${rule}/`);
    expect(await following).toMatchObject({ code: 0, stdout: expect.stringMatching(/^TIME/), stderr: '' });
  });

  test.skipIf(!existsSync('/dev/full'))('may be full, which is an error', async () => {
    for (const line of ['limits', '--help', '--version']) {
      expect(await shell(`"$0" "$1" ${line} > /dev/full`)).toMatchObject({
        code: 1,
        stderr: 'caspian-net: standard output can not be written (ENOSPC)\n',
      });
    }
  });
});
