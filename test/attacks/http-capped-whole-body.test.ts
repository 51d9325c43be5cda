/**
 * Attack: a server sends a small body that is over the cap, all of it before anybody reads, so that whoever then reads it
 * piece by piece waits for ever: the call is over, and no deadline ends the wait.
 */
import { expect, test } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { failureOf, testNet, until } from '../helpers/tcp-server.ts';

async function whole(net: ReturnType<typeof testNet>, url: string) {
  const response = await net.fetch(url, { maxBody: 300 });
  // Trailers are there once the last byte is.
  await until(() => response.trailers['x-end'] === 'yes', 'the body is here');
  return response;
}

const overCap: Parameters<typeof startHttp>[0] = (response) => {
  response.writeHead(200, { trailer: 'x-end' });
  response.write('a'.repeat(200));
  response.addTrailers({ 'x-end': 'yes' });
  response.end('b'.repeat(200));
};

test('a read of a body that is here and over the cap is told', async () => {
  await using server = await startHttp(overCap);
  await using net = testNet();
  const response = await whole(net, server.origin());
  const read = async (): Promise<void> => {
    for (;;) if ((await response.read()) === null) return;
  };
  expect(await failureOf(read())).toMatchObject({ code: 'NET_SIZE' });
});

test('so is who takes it as it comes', async () => {
  await using server = await startHttp(overCap);
  await using net = testNet();
  const response = await whole(net, server.origin());
  const failed = new Promise<void>((_resolve, reject) => {
    response.pipe({ write: () => true, end: () => reject(new Error('it ended')), fail: reject });
  });
  expect(await failureOf(failed)).toMatchObject({ code: 'NET_SIZE' });
});
