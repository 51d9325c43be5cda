/** The WebSockets of the example API: a chat in every room, `/rooms/NAME`; elsewhere what is said comes back. */
import type { IncomingMessage, Server } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';

/** A host who knows the answer to one question, and says good night after it. */
function chat(socket: WebSocket, { url }: IncomingMessage): void {
  const name = new URL(url ?? '/', 'http://127.0.0.1').searchParams.get('name');
  const tell = (from: unknown, say: unknown): void => socket.send(JSON.stringify({ from, say }));
  tell('host', `Welcome, ${name}`);
  socket.on('message', (data) => {
    const { say } = JSON.parse(data.toString());
    tell(name, say);
    if (say !== 'Is there cake?') return;
    tell('host', 'There is none');
    tell('host', 'Good night');
  });
}

/** Gives what ends them all. */
export function serveWebSockets(server: Server): () => void {
  const rooms = new WebSocketServer({
    noServer: true,
    handleProtocols: (asked) => (asked.has('chat.v1') ? 'chat.v1' : false),
  });
  const echo = new WebSocketServer({ noServer: true });
  rooms.on('connection', chat);
  echo.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  for (const each of [rooms, echo]) each.on('connection', (socket) => socket.on('error', () => {}));
  server.on('upgrade', (request, socket, head) => {
    const served = request.url?.startsWith('/rooms/') ? rooms : echo;
    served.handleUpgrade(request, socket, head, (client) => served.emit('connection', client, request));
  });
  return () => {
    for (const client of [...rooms.clients, ...echo.clients]) client.terminate();
  };
}
