/**
 * The servers that the examples and the pages of spec/ talk to, on the loopback interface. `npm run api` starts them all:
 * the HTTP API on port 8600, the others from 8700 on. `node examples/api.ts PORT` starts at another port; the others are
 * 100 above it and further.
 */
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { pages } from './servers/pages.ts';
import { listen, startDns, startEcho, startSmtp, startTls, startUpper } from './servers/sockets.ts';
import { serveWebSockets } from './servers/web-sockets.ts';

export interface Api {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly port: number;
  /** Ends its connections too. */
  close(): Promise<void>;
}

/** Starts the API. Port 0 picks a free one. */
export async function startApi(port: number): Promise<Api> {
  const pageFor = pages();
  const server = createServer(async (request, response) => {
    const { method = 'GET', headers } = request;
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    try {
      pageFor(url.pathname)(response, { method, url, headers, body: await buffer(request) });
    } catch {
      // A body that is no JSON, or that has ended too early.
      response.writeHead(400).end();
    }
  });
  const endWebSockets = serveWebSockets(server);
  const served = await listen(server, port);
  return {
    host: `127.0.0.1:${served.port}`,
    port: served.port,
    close: async () => {
      endWebSockets();
      await served[Symbol.asyncDispose]();
    },
  };
}

/** Starts everything, and says where it is. */
async function main(first: number): Promise<void> {
  const api = await startApi(first);
  const echo = await startEcho(first + 100);
  const upper = await startUpper(first + 101);
  const dns = await startDns(first + 102);
  const tls = await startTls(first + 103);
  const smtp = await startSmtp(first + 104, (mail) => console.log(`a mail has come:\n${mail}`));
  console.log(`the example API is at http://${api.host} (Ctrl-C ends it)
beside it: echo ${echo.port}, echo in upper case ${upper.port}, DNS ${dns.port}, TLS ${tls.port}, SMTP ${smtp.port}`);
}

if (import.meta.main) {
  await main(Number(process.argv[2] ?? 8600)).catch((error: Error) => {
    console.error(`the examples' servers can't start: ${error.message}`);
    process.exit(1);
  });
}
