/**
 * A tiny serverless host: an HTTP server that runs a tenant's Caspian handler for each request, under the tenant's egress
 * policy and a deadline. `node examples/serverless/host.ts` starts it beside the example API, makes a few requests as a
 * visitor would, prints the answers and the journal, and ends.
 */
import { existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Engine, openEgress } from 'caspian-net';
import { startApi } from '../api.ts';

const DEADLINE_SECONDS = 2;
const handlers = new URL('handlers/', import.meta.url);

// What the operator would have said with `caspian-net`; a real host names a file or a Redis in place of ':memory:'.
const api = await startApi(0);
const apiPort = api.host.split(':')[1];
await using egress = await openEgress({ state: ':memory:', resolve: async () => ['127.0.0.1'] });
const local = { httpsOnly: false, allowAddresses: ['127.0.0.1'] };
await egress.allow(`api.test:${apiPort}`, { ...local, app: 'weather', rate: '100/min' });
await egress.secrets.set('API_KEY', 'sk_live_123', { hosts: [`api.test:${apiPort}`] }, 'weather');

/** `GET /TENANT/ARGUMENT`: the tenant's handler runs in a thread of its own, with a net of its own. */
async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, tenant = '', argument = ''] = /^\/([a-z]{1,32})\/(\w{0,32})$/.exec(request.url ?? '') ?? [];
  const file = fileURLToPath(new URL(`${tenant}.casp`, handlers));
  if (tenant === '' || !existsSync(file)) return void response.writeHead(404).end('no such handler\n');
  const printed: Buffer[] = [];
  const stdout = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      printed.push(chunk);
      done();
    },
  });
  await using net = egress.net({ app: tenant, deadline: DEADLINE_SECONDS });
  await using engine = new Engine({ net, stdout, limits: { timeMs: DEADLINE_SECONDS * 1_000, memoryMb: 64 } });
  const outcome = await engine.run({ file, args: [argument, String(apiPort)] });
  response.writeHead(outcome.ok ? 200 : 504).end(outcome.ok ? Buffer.concat(printed) : `${outcome.error.type}\n`);
}

const server = createServer((request, response) => void serve(request, response).catch(() => response.destroy()));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const address = server.address();
const port = typeof address === 'object' && address !== null ? address.port : 0;

for (const path of ['/weather/baku', '/weather/baku', '/nosy/x', '/slow/x', '/nobody/x']) {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  console.log(`GET ${path} ${answer.status}\n${await answer.text()}`.trimEnd());
}
for (const { app, path, verdict, error, cached } of await egress.journal({ limit: 10 })) {
  console.log(`${app} ${path} ${verdict}${error === null ? '' : ` ${error}`}${cached ? ' from the cache' : ''}`);
}
server.close();
api.close();
