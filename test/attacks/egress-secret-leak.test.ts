/** A secret's bytes are in nothing that anybody can read but the request that it is for. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { getHeapSnapshot } from 'node:v8';
import { expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import { allowServer, testEgress } from '../helpers/egress.ts';
import { startHttp } from '../helpers/http-server.ts';

/** Not a constant: the source of this test must not hold it either. */
const VALUE = ['sk:live', Math.random().toString(36).slice(2), 'q'.repeat(12)].join('_');
const SPELLINGS = [
  VALUE,
  Buffer.from(VALUE).toString('base64'),
  encodeURIComponent(VALUE),
  Buffer.from(VALUE).toString('hex'),
];

function holds(text: string | Buffer): boolean {
  return SPELLINGS.some((each) => text.includes(each));
}

test('not in the script, its output, errors, decisions, the journal, the cache or the files of the state', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'egress-leak-'));
  await using server = await startHttp((response, { headers, url }) => {
    const sent = String(headers['authorization'] ?? headers['x-key'] ?? url);
    response.writeHead(url.startsWith('/fail') ? 500 : 200, {
      'x-echo': sent,
      'x-url': encodeURIComponent(url),
      location: url.startsWith('/fail') ? '/' : '',
    });
    response.end('ok');
  });
  const made = await testEgress({ state: `sqlite:${join(folder, 'egress.db')}` });
  const { egress } = made;
  await allowServer(egress, server);
  await egress.secrets.set('KEY', VALUE, { hosts: [`api.test:${server.port}`] });
  await egress.secrets.rotate('KEY', VALUE, 60);
  const net = egress.net({ app: 'a' });
  const told: unknown[] = [];
  net.on('decision', (decision) => told.push(decision));
  let printed = '';
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      printed += String(chunk);
      done();
    },
  });
  await using engine = new Engine({ net, stdout, stderr: stdout });
  const source = `
    $all = ''
    ['KEY', {secret: 'KEY', as: 'basic'}, {secret: 'KEY', as: 'header:X-Key'}, {secret: 'KEY', as: 'query:k'}].each do($auth)
      ['/x', '/fail'].each do($path)
        $r = %net.fetch("${server.origin()}" + $path, auth: $auth, cache: '5m')
        puts $r.status, $r.headers, $r.url, $r.redirect_chain, $r.text
      end
    end
    $e = catch('puck.uno/error')
      %net.fetch('https://elsewhere.test/', auth: 'KEY')
    end
    puts $e.message, $e.hint
    $e = catch('puck.uno/error')
      %net.fetch("${server.origin()}", auth: {secret: 'KEY', as: 'cookie'})
    end
    puts $e.message, $e.hint
  `;
  const outcome = await engine.run({ source });
  expect(outcome.ok).toBe(true);
  expect(server.seen.filter((seen) => holds(JSON.stringify(seen)))).toHaveLength(8);
  expect(printed).toContain('***');
  expect(holds(printed)).toBe(false);
  expect(holds(JSON.stringify(told))).toBe(false);
  expect(holds(JSON.stringify(await egress.journal({ limit: 100 })))).toBe(false);
  expect(holds(JSON.stringify(await egress.secrets.list()))).toBe(false);
  await made[Symbol.asyncDispose]();
  for (const file of readdirSync(folder)) expect(holds(readFileSync(join(folder, file))), file).toBe(false);
  rmSync(folder, { recursive: true });
});

test('not in the memory of a script’s thread', async () => {
  await using server = await startHttp((response, { url, headers }) => {
    const sent = String(headers['authorization'] ?? headers['x-key'] ?? url);
    if (url.startsWith('/away')) response.setHeader('location', `http://elsewhere.test/${encodeURIComponent(sent)}`);
    response.writeHead(url.startsWith('/away') ? 302 : 200, { 'x-echo': sent }).end('ok');
  });
  await using made = await testEgress();
  const { egress } = made;
  await allowServer(egress, server);
  await egress.secrets.set('KEY', VALUE, { hosts: [`api.test:${server.port}`] });
  const { Worker } = await import('node:worker_threads');
  const { serveNet } = await import('../../src/net/serve/serve-net.ts');
  const link = serveNet(egress.net({ app: 'a' }));
  const worker = new Worker(new URL('../helpers/egress-guest.ts', import.meta.url), {
    workerData: { net: link.guest, url: server.origin() },
    transferList: [...link.transferList],
  });
  const done = await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  expect(done).toEqual([200, 200, 200, 200]);
  let snapshot = '';
  for await (const chunk of await worker.getHeapSnapshot()) snapshot += String(chunk);
  await worker.terminate();
  link.close();
  expect(server.seen[0]?.headers['authorization']).toBe(`Bearer ${VALUE}`);
  expect(snapshot.length).toBeGreaterThan(100_000);
  expect(holds(snapshot)).toBe(false);
  // The same look at this thread's own memory does find it.
  let own = '';
  for await (const chunk of getHeapSnapshot()) if (!holds(own)) own = own.slice(-1_000) + String(chunk);
  expect(holds(own)).toBe(true);
});
