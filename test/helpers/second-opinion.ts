/** What other HTTP clients make of a response: curl, and http.client of Python's (Debian: curl, python3). */
import { execFile, spawnSync } from 'node:child_process';

const MISSING = ['curl', 'python3'].filter((tool) => spawnSync(tool, ['--version']).status !== 0);
/** Whether both are installed. Where tests must be complete they have to be. */
export const hasOthers = MISSING.length === 0;
if (!hasOthers && process.env['CI'] === 'true') throw new Error(`${MISSING.join(' and ')} missing: install it`);

/** `200 body` as curl has it; null if it fails. */
export function askCurl(url: string): Promise<string | null> {
  const options = [
    '--silent',
    '--max-time',
    '5',
    '--noproxy',
    '*',
    '--compressed',
    '--output',
    '-',
    '--write-out',
    '\n%{http_code}',
  ];
  return run('curl', [...options, url]).then((printed) => {
    if (printed === null) return null;
    const end = printed.lastIndexOf('\n');
    return `${printed.slice(end + 1)} ${printed.slice(0, end)}`;
  });
}

const PYTHON = `
import http.client, sys
connection = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=5)
connection.request('GET', '/')
response = connection.getresponse()
body = response.read()
sys.stdout.buffer.write(str(response.status).encode() + b' ' + body)
`;

/** The same as Python's http.client has it, which decodes no codings. */
export function askPython(port: number): Promise<string | null> {
  return run('python3', ['-c', PYTHON, String(port)]);
}

function run(tool: string, options: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(tool, options, { encoding: 'latin1', timeout: 20_000 }, (error, stdout) =>
      resolve(error === null ? stdout : null),
    );
  });
}
