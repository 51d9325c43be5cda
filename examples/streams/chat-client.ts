/**
 * A chat over a WebSocket: joins a room, says something, and prints what is said there until the host says good night.
 * run: node examples/streams/chat-client.ts 127.0.0.1:8600 Ada
 */
import { Grants, openNet } from 'caspian-net';
import { argumentsFor } from '../usage.ts';

const [host, name] = argumentsFor('HOST:PORT', 'NAME');
await using net = openNet(Grants.parse({ allowNet: [host] }));
const options = { query: { name }, protocols: ['chat.v1'], timeout: 5 };
await using chat = await net.webSocket(`ws://${host}/rooms/tea`, options);
console.log(`in the room, speaking ${chat.protocol}`);

for (const say of ['Hello, everyone', 'Is there cake?']) await chat.send(JSON.stringify({ say }));

for await (const message of chat) {
  const { from, say } = JSON.parse(String(message));
  console.log(`${from}: ${say}`);
  if (say === 'Good night') await chat.close(1000, 'good night');
}
console.log(`closed: ${chat.closeCode} ${chat.closeReason}`);
//=> in the room, speaking chat.v1
//=> host: Welcome, Ada
//=> Ada: Hello, everyone
//=> Ada: Is there cake?
//=> host: There is none
//=> host: Good night
//=> closed: 1000 good night
