/**
 * `npm start`: starts a small HTTP API on the loopback interface, runs quickstart.casp with a grant for it, and shows
 * what the script prints. Ends with the script's exit code.
 */
import { spawn } from 'node:child_process';
import { createServer, type RequestListener } from 'node:http';
import { fileURLToPath } from 'node:url';

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

/** A path inside this folder or the package. */
const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

const server = createServer(answer);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const host = `127.0.0.1:${address.port}`;
  const script = 'examples/quickstart.casp';
  const flags = [`--allow-net=${host}`, '--lib=examples/lib'];
  console.log(`$ caspian ${flags.join(' ')} ${script} http://${host}\n`);
  const caspian = spawn(process.execPath, [path('../bin/caspian.js'), ...flags, script, `http://${host}`], {
    cwd: path('..'),
    stdio: 'inherit',
  });
  caspian.on('exit', (code) => {
    server.close();
    process.exitCode = code ?? 1;
  });
});
