/**
 * Attack on what is sent: a server does not take a new secret yet, and the second try, with the one before, would send a body
 * that can be read once alone, which is empty by then, and succeed.
 */
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { servedEgress } from '../helpers/egress.ts';

async function* pieces() {
  yield 'all ';
  yield 'of it';
}

const STREAMS: Readonly<Record<string, () => object>> = {
  'a generator': () => ({ bodyFile: pieces() }),
  'a stream': () => ({ bodyFile: Readable.from(['all ', 'of it']) }),
  'a part of a form': () => ({ bodyMultipart: { a: 'field', file: { file: pieces(), filename: 'f' } } }),
};

test.each([...Object.entries(STREAMS), ['bytes', () => ({ body: 'all of it' })] as const])(
  '%s goes out whole or not at all',
  async (what, body) => {
    await using made = await servedEgress((response, { headers }) => {
      response.statusCode = headers['authorization'] === 'Bearer old' ? 200 : 401;
      response.end('x');
    });
    const { egress, server, url } = made;
    await egress.secrets.set('KEY', 'old', { hosts: [`api.test:${server.port}`] });
    await egress.secrets.rotate('KEY', 'new', 60);
    const response = await egress.net({ app: 'a' }).fetch(url, { method: 'POST', auth: 'KEY', ...body() });
    expect(response.status).toBe(what === 'bytes' ? 200 : 401);
    await response.bytes();
    expect(server.seen.map(({ body: seen }) => seen.includes('all of it'))).not.toContain(false);
    expect(server.seen).toHaveLength(what === 'bytes' ? 2 : 1);
  },
);
