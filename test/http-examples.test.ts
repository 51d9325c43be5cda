/**
 * The examples of HTTP clients, in Caspian and in TypeScript: each runs as its own `run:` line says, against a small shop,
 * and prints what its `#=>` lines say.
 */
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root } from './helpers/cli.ts';
import { example, start } from './helpers/examples.ts';
import { type HttpServer, startHttp } from './helpers/http-server.ts';
import { type TempFolder, tempFolder } from './helpers/temp.ts';

const NAMES = ['cup', 'jug', 'mug', 'pan', 'pot'];
const PAGE = 2;

let shop: HttpServer;
let folder: TempFolder;
let asked = 0;

beforeAll(async () => {
  folder = tempFolder();
  writeFileSync(folder.file('report.txt'), 'x'.repeat(200_000));
  shop = await startHttp((response, { method, url, headers, body }) => {
    const { pathname, searchParams } = new URL(url, 'http://shop.test');
    const json = (status: number, value: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    if (pathname === '/products' && headers.authorization !== 'Bearer s3cret') json(401, { error: 'who is there?' });
    else if (pathname === '/products' && method === 'POST') json(422, { error: 'a product needs a name' });
    else if (pathname === '/products') {
      const page = Number(searchParams.get('page'));
      if (page * PAGE < NAMES.length) response.setHeader('link', `</products?page=${page + 1}>; rel="next"`);
      json(
        200,
        NAMES.slice((page - 1) * PAGE, page * PAGE).map((name) => ({ name })),
      );
    } else if (pathname === '/stock') {
      asked += 1;
      json(asked % 3 === 0 ? 200 : 503, { pots: 7 });
    } else if (pathname.startsWith('/files/')) json(200, { bytes: body.length });
    else if (pathname === '/forms') {
      const parts = [...body.matchAll(/form-data; name="([^"]*)"(?:; filename="([^"]*)")?/g)];
      json(200, { parts: parts.map(([, name, file]) => (file === undefined ? name : `${name} (${file})`)) });
    } else if (pathname === '/catalogue.bin') {
      response.writeHead(200, { 'content-length': 3_000_000 }).end(Buffer.alloc(3_000_000));
    } else if (pathname === '/pages/slow') return;
    else if (pathname.startsWith('/pages/')) response.end(`<title>The ${pathname.slice(7)}</title>`);
    else json(404, {});
  });
});

afterAll(async () => {
  folder[Symbol.dispose]();
  await shop[Symbol.asyncDispose]();
});

it.each(readdirSync(`${root}examples/http`))('%s', async (file) => {
  const { command, promised } = example(`http/${file}`, { SHOP: `127.0.0.1:${shop.port}`, FOLDER: folder.path });
  await using started = start(command);
  expect([await started.ended, started.stderr, started.stdout]).toEqual([0, '', promised]);
  expect(promised).not.toBe('');
  if (file.startsWith('download')) expect(statSync(folder.file('catalogue.bin')).size).toBe(3_000_000);
});
