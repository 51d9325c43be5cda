// run: network-runtime examples/isolates/gateway.js 1 1000 64 ws://127.0.0.1:8600/
// A WebSocket for a guest, by the host's hand: the host decides, connects, and hands on what it likes.
const [gateway] = process.argv.slice(5);
if (gateway === undefined) {
  console.error('usage: network-runtime examples/isolates/gateway.js THREADS CPU_MS MEMORY_MB URL');
  process.exit(2);
}
const sandbox = new V8Sandbox();
const worker = await sandbox.createIsolate();
const connections = new Map();

worker.on('ws.open', ({ conn_id, url }) => {
  const tell = (event_type, data) => worker.send('__ws_event', { conn_id, event_type, data });
  if (!url.startsWith(gateway)) {
    tell('error', { message: 'only the gateway' });
    return;
  }
  const ws = new WebSocket(url);
  connections.set(conn_id, ws);
  ws.on('open', () => tell('open'));
  ws.on('message', (data) => tell('message', data.toString()));
  ws.on('close', (code, reason) => tell('close', { code, reason }));
});
worker.on('ws.send', ({ conn_id, data }) => connections.get(conn_id)?.send(data));
worker.on('ws.close', ({ conn_id }) => connections.get(conn_id)?.close(1000));

const talk = (url) => `await new Promise((resolve) => {
  const said = [];
  const ws = new WebSocket(${JSON.stringify(url)});
  ws.onopen = () => ws.send('hello');
  ws.onmessage = ({ data }) => { said.push(data); ws.close(); };
  ws.onerror = ({ message }) => said.push(message);
  ws.onclose = ({ code }) => resolve([...said, code].join(' '));
})`;
console.log(await worker.evaluate(talk(gateway)));
console.log(await worker.evaluate(talk('ws://elsewhere.example/')));
sandbox.shutdown();
//=> hello 1000
//=> only the gateway 1006
