import { once } from 'node:events';
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { Grants } from '../grants/grants.ts';
import { openNet } from '../net.ts';
import type { HttpResponse } from './response.ts';
import { type Mover, Turns } from './turns.ts';

const KIB = 1_024;
const MIB = 1_048_576;

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Notes when it is stopped and when it goes on. */
function mover(name: string, order: string[]): Mover {
  return { stop: () => order.push(`${name} stops`), goOn: () => order.push(`${name} goes on`) };
}

test('what is small is never held up, and all that is much is, until a later turn each', async () => {
  const turns = new Turns();
  const order: string[] = [];
  const first = mover('first', order);
  const second = mover('second', order);
  const small = mover('small', order);
  turns.moved(1 * KIB, small);
  turns.moved(127 * KIB, first);
  expect(order).toEqual([]);
  turns.moved(16 * KIB, second);
  turns.moved(1 * KIB, small);
  expect(order.splice(0)).toEqual(['first stops', 'second stops']);
  await turn();
  expect(order.splice(0)).toEqual(['first goes on']);
  await turn();
  expect(order.splice(0)).toEqual(['second goes on']);
  turns.moved(64 * KIB, first);
  expect(order).toEqual([]);
});

test('who has left is not called again', async () => {
  const turns = new Turns();
  const order: string[] = [];
  const gone = mover('gone', order);
  turns.moved(64 * KIB, gone);
  turns.leave(gone);
  turns.moved(128 * KIB, mover('other', order));
  await turn();
  expect(order).toEqual(['other stops', 'other goes on']);
});

async function serve(body: Buffer, headers: Record<string, string>) {
  const server = createServer((_request, response) => response.writeHead(200, headers).end(body));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const host = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  return {
    url: `http://${host}/`,
    net: openNet(Grants.parse({ allowNet: [host] })),
    [Symbol.dispose]: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function countBytes(response: HttpResponse, came: (bytes: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    response.pipe({
      write: (chunk) => {
        came(chunk.length);
        return true;
      },
      end: resolve,
      fail: reject,
    });
  });
}

test('a fast server leaves the turns to others', async () => {
  const body = Buffer.alloc(16 * MIB, 'caspian ');
  using server = await serve(body, {});
  let [most, all, inTurn, going] = [0, 0, 0, true];
  const count = (): void => {
    most = Math.max(most, inTurn);
    inTurn = 0;
    if (going) setImmediate(count);
  };
  count();
  await countBytes(await server.net.fetch(server.url), (bytes) => {
    inTurn += bytes;
    all += bytes;
  });
  going = false;
  expect(all).toBe(body.length);
  // What may begin in a turn, and one piece more.
  expect(most).toBeLessThanOrEqual((128 + 256) * KIB);
});

test('bodies that are decoded at once share them, each to its end', async () => {
  using server = await serve(gzipSync(Buffer.alloc(4 * MIB, 'caspian ')), { 'content-encoding': 'gzip' });
  const sums = await Promise.all(
    Array.from({ length: 8 }, async () => {
      let sum = 0;
      await countBytes(await server.net.fetch(server.url), (bytes) => {
        sum += bytes;
      });
      return sum;
    }),
  );
  expect(sums).toEqual(Array(8).fill(4 * MIB));
});
