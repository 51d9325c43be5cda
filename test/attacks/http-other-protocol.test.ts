/** Attack: answer in another protocol or version, or with a status that none has. */
import { expect, it } from 'vitest';
import { startRaw, startSaying } from '../helpers/http-server.ts';
import { failureOf, testNet } from '../helpers/tcp-server.ts';

const REST = 'Content-Length: 2\r\n\r\nok';

it.each([
  `RTSP/1.0 200 OK\r\n${REST}`,
  `ICE/1.0 200 OK\r\n${REST}`,
  `HTTP/2.0 200 OK\r\n${REST}`,
  `HTTP/0.9 200 OK\r\n${REST}`,
  `HTTP/1.2 200 OK\r\n${REST}`,
  `HTTP/11 200 OK\r\n${REST}`,
  `http/1.1 200 OK\r\n${REST}`,
  `HTTP/1.1 000 OK\r\n${REST}`,
  `HTTP/1.1 099 OK\r\n${REST}`,
  `HTTP/1.1 20 OK\r\n${REST}`,
  `HTTP/1.1 2000 OK\r\n${REST}`,
  `HTTP/1.1 -20 OK\r\n${REST}`,
  `HTTP/1.1  200 OK\r\n${REST}`,
  `\r\nHTTP/1.1 200 OK\r\n${REST}`,
  `HTTP/1.1 103 Early\r\n\r\nHTTP/2.0 200 OK\r\n${REST}`,
  'SSH-2.0-OpenSSH_9.6\r\n',
  '220 mail.example ESMTP\r\n',
  '+PONG\r\n',
  '<html>hello</html>\r\n\r\n',
  `HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n`,
  `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n${REST}`,
])('takes %j for a broken response', async (text) => {
  await using server = await startSaying(text);
  await using net = testNet();
  expect((await failureOf(net.fetch(server.origin()))).name).toBe('ProtocolError');
});

it('takes bytes of chance, whole or in pieces, without a crash', async () => {
  let seed = 42;
  const random = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return seed >>> 8;
  };
  await using server = await startRaw((socket, turn) => {
    const sound = Buffer.from(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n5\r\nhello\r\n0\r\n\r\n`);
    for (let change = 0; change < 1 + (turn % 3); change++) sound[random() % sound.length] = random() % 256;
    const cut = random() % sound.length;
    socket.write(sound.subarray(0, cut), () => socket.end(sound.subarray(cut)));
  });
  await using net = testNet();
  for (let turn = 0; turn < 300; turn++) {
    const outcome = await net
      .fetch(server.origin())
      .then(
        async (response) => (await response.bytes()).length,
        (error: { readonly code?: string }) => error.code,
      )
      .catch((error: { readonly code?: string }) => error.code);
    expect(typeof outcome === 'number' || ['NET_PROTOCOL', 'NET_RESET'].includes(outcome ?? ''), String(outcome)).toBe(
      true,
    );
  }
});

it('skips a few interim responses, as RFC 9110 section 15.2 has it', async () => {
  const early = 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n';
  await using server = await startSaying(`${early}${early}HTTP/1.1 200 OK\r\n${REST}`);
  await using net = testNet();
  const response = await net.fetch(server.origin());
  expect([response.status, response.header('link'), await response.text()]).toEqual([200, null, 'ok']);
});
