/** Run in a process of its own with few file descriptors: what a listener and a dialler say without any, and afterwards. */
import { closeSync, openSync } from 'node:fs';
import { Grants } from '../../src/net/grants/grants.ts';
import { openNet } from '../../src/net/net.ts';

const all = Grants.parse({ allowNet: true, allowListen: true });
const net = openNet(all);
const asking = openNet(all, { dnsServers: ['127.0.0.1:9'] });
const listener = await net.tcpListen('127.0.0.1', 0);
const nameOf = (error: Error): string => error.name;

/** One connection and its other end. */
async function meet(): Promise<string> {
  const [theirs, ours] = await Promise.all([listener.accept(), net.tcp('127.0.0.1', listener.localPort)]);
  await Promise.all([ours.close(), theirs.close()]);
  return 'accepted';
}

const said = [await meet()];
const files: number[] = [];
try {
  for (;;) files.push(openSync('/dev/null', 'r'));
} catch {
  // None is left.
}
said.push(await net.tcp('127.0.0.1', listener.localPort).then(String, nameOf));
said.push(await net.tcpListen('127.0.0.1', 0).then(String, nameOf));
said.push(await net.udp().then(String, nameOf));
said.push(await net.udpListen('127.0.0.1', 0).then(String, nameOf));
said.push(await net.fetch(`http://127.0.0.1:${listener.localPort}/`).then(String, nameOf));
said.push(await asking.resolve('api.test', 'mx').then(String, nameOf));
said.push(await net.resolve('nowhere.invalid').then(String, nameOf));
// One for the caller, none for whoever would accept it.
closeSync(files.pop() ?? 0);
const turnedAway = await net.tcp('127.0.0.1', listener.localPort);
said.push(await turnedAway.recv().then(String, nameOf));
await turnedAway.close();
for (const file of files) closeSync(file);
said.push(await meet());
await (await net.udp()).close();
await net.close();
await asking.close();
process.stdout.write(said.join(' '));
