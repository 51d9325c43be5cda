/** What the example API answers, path by path. A path that ends with `/` stands for all below it; the longest one counts. */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';

export interface Call {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export type Page = (response: ServerResponse, call: Call) => void;

const CITIES = [
  { name: 'Baku', people: 2_344_000 },
  { name: 'Rasht', people: 679_000 },
  { name: 'Astrakhan', people: 475_000 },
];
const USER = { id: 42, name: 'Ada' };
const PRODUCTS = ['cup', 'jug', 'mug', 'pan', 'pot'].map((name) => ({ name }));
const PRODUCTS_A_PAGE = 2;
const EVENTS = { 'content-type': 'text/event-stream' };

function json(response: ServerResponse, status: number, value: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
}

const always =
  (value: unknown): Page =>
  (response) =>
    json(response, 200, value);

const redirect =
  (location: string): Page =>
  (response) =>
    void response.writeHead(302, { location }).end();

const never: Page = () => {};

const notFound: Page = (response) => json(response, 404, { error: 'not found' });

const users: Page = (response, call) => {
  if (call.method !== 'POST') notFound(response, call);
  else json(response, 201, JSON.parse(call.body.toString()), { location: '/users/43' });
};

const echo: Page = (response, { method, url, headers, body }) => {
  const { authorization = null, cookie = null, 'content-type': type = null, 'x-trace': trace = null } = headers;
  const path = url.pathname + url.search;
  json(response, 200, { method, path, authorization, cookie, type, trace, body: body.toString() });
};

/** Three events, one a connection: who comes again says which was the last. */
const ticks: Page = (response, { headers }) => {
  const last = Number(headers['last-event-id'] ?? 0);
  response.writeHead(last < 3 ? 200 : 204, EVENTS);
  response.end(last < 3 ? `retry: 100\nid: ${last + 1}\nevent: tick\ndata: tick ${last + 1}\n\n` : '');
};

const complete: Page = (response, { body }) => {
  const words: string[] = JSON.parse(body.toString()).prompt.split(' ');
  response.writeHead(200, EVENTS);
  for (const word of words) response.write(`data: ${JSON.stringify({ word })}\n\n`);
  response.end('data: [DONE]\n\n');
};

/** A language model that knows one sentence, and wants its key. */
const answers: Page = (response, { method, headers, body }) => {
  if (method !== 'POST' || headers.authorization !== 'Bearer s3cret' || JSON.parse(body.toString()).stream !== true) {
    response.writeHead(403).end();
    return;
  }
  const words = ['The', ' rain', ' falls', '.'];
  response.writeHead(200, EVENTS);
  for (const text of words) response.write(`event: delta\ndata: ${JSON.stringify({ text })}\n\n`);
  response.end(`: that was all\n\nevent: done\ndata: {"tokens": ${words.length}}\n\n`);
};

const products: Page = (response, { method, url, headers }) => {
  if (headers.authorization !== 'Bearer s3cret') return json(response, 401, { error: 'who is there?' });
  if (method === 'POST') return json(response, 422, { error: 'a product needs a name' });
  const end = Number(url.searchParams.get('page') ?? 1) * PRODUCTS_A_PAGE;
  const next = `</products?page=${end / PRODUCTS_A_PAGE + 1}>; rel="next"`;
  json(response, 200, PRODUCTS.slice(end - PRODUCTS_A_PAGE, end), end < PRODUCTS.length ? { link: next } : {});
};

/** The fields of a form, with the names of files. */
const forms: Page = (response, { body }) => {
  const parts = [...body.toString().matchAll(/form-data; name="([^"]*)"(?:; filename="([^"]*)")?/g)];
  json(response, 200, { parts: parts.map(([, name, file]) => (file === undefined ? name : `${name} (${file})`)) });
};

/** Busy twice of three times. */
function stock(): Page {
  let asked = 0;
  return (response) => {
    asked += 1;
    json(response, asked % 3 === 0 ? 200 : 503, { pots: 7 });
  };
}

/** The page for each path; one table a server, since the shop counts. */
export function pages(): (path: string) => Page {
  const table: Readonly<Record<string, Page>> = {
    '/cities': always(CITIES),
    '/weather/': always({ degrees: 24, sky: 'clear' }),
    '/users': users,
    '/users/42': always(USER),
    '/moved': redirect('/users/42'),
    '/away': redirect('http://elsewhere.example/'),
    '/echo': echo,
    '/cookies': (response) => void response.writeHead(200, { 'set-cookie': ['a=1', 'b=2'] }).end(),
    '/latin': (response) => {
      response.writeHead(200, { 'content-type': 'text/plain; charset=iso-8859-1' }).end(Buffer.from('grün', 'latin1'));
    },
    '/big': (response) => void response.end(Buffer.alloc(1_000_000, 'x')),
    '/slow': never,
    '/ticks': ticks,
    '/complete': complete,
    '/v1/answers': answers,
    '/products': products,
    '/stock': stock(),
    '/files/': (response, { body }) => json(response, 200, { bytes: body.length }),
    '/forms': forms,
    '/catalogue.bin': (response) => {
      response.writeHead(200, { 'content-length': 3_000_000 }).end(Buffer.alloc(3_000_000));
    },
    '/pages/': (response, { url }) => void response.end(`<title>The ${url.pathname.slice(7)}</title>`),
    '/pages/slow': never,
  };
  return (path) => {
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    return [path, folder].flatMap((key) => (Object.hasOwn(table, key) ? (table[key] ?? []) : []))[0] ?? notFound;
  };
}
