/** The example host of tenants' handlers, run as a reader would run it. */
import { execFile } from 'node:child_process';
import { expect, test } from 'vitest';
import { root } from '../helpers/cli.ts';

const PATIENCE_MS = 15_000;

test('answers for each tenant what its policy and its deadline let', async () => {
  const printed = await new Promise<string>((resolve) => {
    const options = { cwd: root, timeout: PATIENCE_MS };
    execFile(process.execPath, ['examples/serverless/host.ts'], options, (_error, stdout, stderr) => {
      resolve(stdout + stderr);
    });
  });
  expect(printed.split('\n')).toEqual([
    'GET /weather/baku 200',
    'baku: 24 degrees, 3 cities known',
    'GET /weather/baku 200',
    'baku: 24 degrees, 3 cities known',
    'GET /nosy/x 200',
    'NET_HOST_NOT_ALLOWED',
    'NET_HOST_NOT_ALLOWED',
    'NET_HOST_NOT_ALLOWED',
    'GET /slow/x 504',
    'puck.uno/alarm/time_limit',
    'GET /nobody/x 404',
    'no such handler',
    'weather /weather/baku ok',
    'weather /cities ok',
    'weather /weather/baku ok',
    'weather /cities ok from the cache',
    'nosy /cities denied NET_HOST_NOT_ALLOWED',
    'nosy /latest/meta-data/ denied NET_HOST_NOT_ALLOWED',
    '',
  ]);
});
