// run: network-runtime examples/isolates/http.js 1 1000 64 http://127.0.0.1:8600
// A guest with a network of its own, as narrow as its host makes it; taken away again while it is in use.
import { Grants, openNet } from 'caspian-net';

const [origin] = process.argv.slice(5);
if (origin === undefined) {
  console.error('usage: network-runtime examples/isolates/http.js THREADS CPU_MS MEMORY_MB URL');
  process.exit(2);
}
const { host } = new URL(origin);
const net = openNet(Grants.parse({ allowNet: [host] }));
const small = net.narrow([host], { methods: ['GET'] });

const sandbox = new V8Sandbox();
const worker = await sandbox.createIsolate({ net: small });
const inWorker = (source) => worker.evaluate(`const origin = ${JSON.stringify(origin)}; ${source}`);

console.log(await inWorker(`const [first] = await (await fetch(origin + '/cities')).json(); first.name`));
console.log(await inWorker(`net.fetch(origin + '/weather/baku').json().sky`));
console.log(await inWorker(`await fetch(origin, { method: 'POST' }).catch((e) => e.cause.code)`));
net.revoke(small);
console.log(await inWorker(`await fetch(origin).catch((e) => e.cause.code)`));
sandbox.shutdown();
await net.close();
//=> Baku
//=> clear
//=> NET_HOST_NOT_ALLOWED
//=> NET_REVOKED
