/**
 * The examples of WebSockets and event streams, in Caspian and in TypeScript: each runs as its own `run:` line says,
 * against a small server, and prints what its `#=>` lines say.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { example, start } from './helpers/examples.ts';
import { type HttpServer, startHttp } from './helpers/http-server.ts';
import { type SocketServer, startSockets } from './helpers/web-socket-server.ts';

let chat: SocketServer;
let model: HttpServer;

beforeAll(async () => {
  chat = await startSockets(
    (socket, { url }) => {
      const name = new URL(url ?? '/', 'http://chat.test').searchParams.get('name');
      const tell = (from: unknown, say: unknown): void => socket.send(JSON.stringify({ from, say }));
      tell('host', `Welcome, ${name}`);
      socket.on('message', (data) => {
        const { say } = JSON.parse(data.toString());
        tell(name, say);
        if (say !== 'Is there cake?') return;
        tell('host', 'There is none');
        tell('host', 'Good night');
      });
    },
    { handleProtocols: (asked) => (asked.has('chat.v1') ? 'chat.v1' : false) },
  );
  model = await startHttp((response, { headers, body, method }) => {
    if (method !== 'POST' || headers.authorization !== 'Bearer s3cret' || JSON.parse(body).stream !== true) {
      response.writeHead(403).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const words = ['The', ' rain', ' falls', '.'].map((text) => `event: delta\ndata: ${JSON.stringify({ text })}\n\n`);
    for (const word of words) response.write(word);
    response.end(`: that was all\n\nevent: done\ndata: {"tokens": ${words.length}}\n\n`);
  });
});

afterAll(async () => {
  await chat[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();
});

describe.each(['casp', 'ts'])('in .%s', (language) => {
  it.each(['chat-client', 'model-answer'])('%s', async (name) => {
    const filled = { CHAT: `127.0.0.1:${chat.port}`, MODEL: `127.0.0.1:${model.port}` };
    const { command, promised } = example(`streams/${name}.${language}`, filled);
    await using started = start(command);
    expect([await started.ended, started.stderr, started.stdout]).toEqual([0, '', promised]);
    expect(promised).not.toBe('');
  });
});
