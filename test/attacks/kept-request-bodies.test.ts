/**
 * Attack: a script sends large bodies and leaves the responses unread, a thousand of them, to have the kernel keep each
 * request's body beside its response's.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { HttpResponse } from '../../src/net/http/response.ts';
import type { Net } from '../../src/net/net.ts';
import { allowServer, testEgress } from '../helpers/egress.ts';
import { startHttp } from '../helpers/http-server.ts';
import { testNet, until } from '../helpers/tcp-server.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

type Read = (response: HttpResponse) => Promise<void>;
const wholly: Read = (response) => response.readAhead(1_000_000);
const notAtAll: Read = async () => {};

type Options = Parameters<Net['fetch']>[1];
const asBytes = (body: Uint8Array): Options => ({ body });
const asPart = (body: Uint8Array): Options => ({ bodyMultipart: { file: body } });

interface Way {
  readonly read: Read;
  readonly give?: (body: Uint8Array) => Options;
}

async function send(net: Net, url: string, sent: WeakRef<Uint8Array>[], { read, give = asBytes }: Way) {
  const body = new Uint8Array(1_000_000);
  sent.push(new WeakRef(body));
  const response = await net.fetch(url, { method: 'POST', ...give(body) });
  await read(response);
  return response;
}

async function sendAll(net: Net, url: string, way: Way): Promise<void> {
  const sent: WeakRef<Uint8Array>[] = [];
  const kept: HttpResponse[] = [];
  for (let at = 0; at < 3; at++) kept.push(await send(net, url, sent, way));
  await until(() => {
    collectGarbage();
    return sent.every((one) => one.deref() === undefined);
  }, 'no body of a request is kept');
  expect(kept.map((one) => one.status)).toEqual([200, 200, 200]);
}

test('a response whose body is here keeps no body of its request', async () => {
  await using server = await startHttp((response) => response.end(Buffer.alloc(60_000)));
  await using net = testNet();
  await sendAll(net, server.origin(), { read: wholly });
});

test('nor does one under an egress', async () => {
  await using server = await startHttp((response) => response.end(Buffer.alloc(60_000)));
  await using made = await testEgress();
  await allowServer(made.egress, server);
  await sendAll(made.egress.net({ app: 'flood' }), server.origin(), { read: wholly });
});

test('nor does one to a form of many parts', async () => {
  await using server = await startHttp((response) => response.write(Buffer.alloc(60_000)));
  await using net = testNet();
  await sendAll(net, server.origin(), { read: notAtAll, give: asPart });
});

test('nor does one whose body is still coming', async () => {
  await using server = await startHttp((response) => response.write(Buffer.alloc(60_000)));
  await using net = testNet();
  await sendAll(net, server.origin(), { read: notAtAll });
});
