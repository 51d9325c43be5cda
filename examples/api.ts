/**
 * The small HTTP API that the examples talk to, on the loopback interface. `npm run api` starts it on port 8600;
 * `node examples/api.ts PORT` on another.
 */
import { createServer, type RequestListener } from 'node:http';

const CITIES = [
  { name: 'Baku', people: 2_344_000 },
  { name: 'Rasht', people: 679_000 },
  { name: 'Astrakhan', people: 475_000 },
];

const answer: RequestListener = (request, response) => {
  const send = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (pathname === '/cities') send(200, CITIES);
  else if (pathname.startsWith('/weather/')) send(200, { degrees: 24, sky: 'clear' });
  else send(404, { error: 'not found' });
};

export interface Api {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  close(): void;
}

/** Starts the API. Port 0 picks a free one. */
export async function startApi(port: number): Promise<Api> {
  const server = createServer(answer);
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return { host: `127.0.0.1:${address.port}`, close: () => server.close() };
}

if (import.meta.main) {
  const { host } = await startApi(Number(process.argv[2] ?? 8600));
  console.log(`the example API is at http://${host} (Ctrl-C ends it)`);
}
