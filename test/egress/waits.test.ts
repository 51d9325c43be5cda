/** A program of a host's whose only call waits for a rate, and nothing else keeps it running: it goes on until it is over. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { startTcp } from '../helpers/tcp-server.ts';

const dist = new URL('../../dist/index.js', import.meta.url).href;

test('a process lasts as long as its calls wait', async () => {
  const gone = await startTcp();
  const { port } = gone;
  await gone[Symbol.asyncDispose]();
  const program = `
    import { openEgress } from ${JSON.stringify(dist)};
    const egress = await openEgress({ state: ':memory:', resolve: async () => ['127.0.0.1'] });
    await egress.allow('x.test:${port}', { httpsOnly: false, allowAddresses: ['127.0.0.1'] });
    await egress.set('app_rate', '4/s');
    const net = egress.net({ app: 'a' });
    const codes = [];
    for (let call = 0; call < 6; call++) await net.fetch('http://x.test:${port}/').catch((error) => codes.push(error.code));
    console.log(codes.join(' '));
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [told, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  expect({ told: told.trim(), code }).toEqual({ told: Array(6).fill('NET_REFUSED').join(' '), code: 0 });
});
