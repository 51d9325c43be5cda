/**
 * What a script leaves behind when it ends, however it ends: nothing. A thousand scripts open sockets, datagram sockets
 * and listeners, and end with them open; then what this process holds is counted.
 */
import { type AddressInfo, createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import { Grants } from '../../src/net/grants/grants.ts';
import { type Net, openNet } from '../../src/net/net.ts';
import { serveNet } from '../../src/net/serve/serve-net.ts';
import { type Held, Holdings } from '../helpers/held.ts';
import { keeper } from '../helpers/script.ts';
import { until } from '../helpers/tcp-server.ts';

/** Sends a little, takes what comes, and ends when its peer does. */
let server: Server;
let port: number;

beforeAll(async () => {
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.resume().write('unread');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterAll(() => server.close());

const openLoopback = (): Net => openNet(Grants.parse({ allowNet: ['127.0.0.1'], allowListen: ['127.0.0.1:0'] }));

/** What is held once it is what was held before, or when there is no more hope. */
async function settled(holdings: Holdings, before: Held): Promise<Held> {
  const wanted = JSON.stringify(before);
  await until(() => JSON.stringify(holdings.now) === wanted, 'nothing is left').catch(() => {});
  return holdings.now;
}

const guestModule = fileURLToPath(new URL('../../dist/guest.js', import.meta.url));

/** A thread that is many scripts, one after another: each has a link of its own and opens one of everything. */
const MANY_SCRIPTS = `
const { parentPort, workerData } = require('node:worker_threads');
import(workerData.module).then(({ connectNet }) => {
  const { guests, port, end } = workerData;
  guests.forEach((guest, at) => {
    const net = connectNet(guest);
    const socket = net.tcp('127.0.0.1', port);
    socket.sendAll('unread');
    net.udp('127.0.0.1', port).send('x');
    const server = net.udpListen('127.0.0.1', 0);
    const listener = net.tcpListen('127.0.0.1', 0);
    const peer = net.tcp('127.0.0.1', listener.localPort);
    net.tcp('127.0.0.1', listener.localPort);
    const accepted = listener.accept();
    peer.sendAll('unread');
    if (net.select([accepted, server], [])[0][0] !== accepted) throw new Error('select');
    if (at < guests.length - 1) {
      if (at % 3 === 0) guest.port.close();
      return;
    }
    parentPort.postMessage('open');
    if (end === 'exit') process.exit(0);
    if (end === 'throw') throw new Error('enough');
    if (end === 'recv') server.recv(1, { timeout: null });
    if (end === 'accept') for (;;) listener.accept({ timeout: null });
    if (end === 'select') net.select([server], [], null);
    for (;;);
  });
});
`;

const ENDS = ['exit', 'throw', 'recv', 'accept', 'select', 'loop'];
const THREADS = 20;
const SCRIPTS_PER_THREAD = 50;

/** Runs a thread of many scripts to its end. Threads that would go on are killed. */
async function runThread(net: Net, end: string): Promise<void> {
  const links = Array.from({ length: SCRIPTS_PER_THREAD }, () => serveNet(net));
  const worker = new Worker(MANY_SCRIPTS, {
    eval: true,
    workerData: { module: guestModule, guests: links.map(({ guest }) => guest), port: port, end },
    transferList: links.flatMap(({ transferList }) => [...transferList]),
  });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const failed: string[] = [];
  worker.on('error', (error: Error) => failed.push(error.message));
  await new Promise<void>((resolve) => {
    worker.once('message', () => resolve());
    worker.once('exit', () => resolve());
  });
  if (end !== 'exit' && end !== 'throw') await worker.terminate();
  await exited;
  expect(failed).toEqual(end === 'throw' ? ['enough'] : []);
  await Promise.all(links.map(({ closed }) => closed));
}

it('is nothing, after a thousand scripts that end, throw and are killed', { timeout: 120_000 }, async () => {
  using holdings = new Holdings();
  await using net = openLoopback();
  const before = holdings.now;
  for (let thread = 0; thread < THREADS; thread++) await runThread(net, ENDS[thread % ENDS.length] ?? '');
  expect(await settled(holdings, before)).toEqual(before);
});

/** Opens one of everything, and leaves it open. */
const OPEN = `
$port = %argv[0].to_int
$socket = %net.tcp('127.0.0.1', $port)
$socket.send_all('unread')
$udp = %net.udp('127.0.0.1', $port)
$server = %net.udp_listen('127.0.0.1', 0)
$listener = %net.tcp_listen('127.0.0.1', 0)
$peer = %net.tcp('127.0.0.1', $listener.local_port)
$waiting = %net.tcp('127.0.0.1', $listener.local_port)
$accepted = $listener.accept
`;

/** How scripts of an engine end. Those that would go on are ended with their engine. */
const SCRIPTS: Readonly<Record<string, { readonly source: string; readonly how: 'well' | 'badly' | 'killed' }>> = {
  'with all open': { source: OPEN, how: 'well' },
  'with all closed': {
    source: `${OPEN}[$socket, $udp, $server, $listener, $peer, $waiting, $accepted].each do($each) $each.close end`,
    how: 'well',
  },
  'by an exception': { source: `${OPEN}raise 'my.org/error', 'enough'`, how: 'badly' },
  'by exit': { source: `${OPEN}%process.exit(3)`, how: 'well' },
  'having forgotten each': { source: `10.times do($n) %net.tcp('127.0.0.1', %argv[0].to_int) end`, how: 'well' },
  'killed in a read': { source: `${OPEN}puts 'open'\n$socket.recv_exact(100, timeout: null)`, how: 'killed' },
  'killed in an accept': {
    source: `${OPEN}puts 'open'\nforever\n$listener.accept(timeout: null)\nend`,
    how: 'killed',
  },
  'killed in a select': { source: `${OPEN}puts 'open'\n%net.select([$udp, $server], [], null)`, how: 'killed' },
  'killed in a loop': { source: `${OPEN}puts 'open'\n%stdout.flush\nforever\nend`, how: 'killed' },
};

it.each(Object.entries(SCRIPTS))(
  'is nothing, after scripts of an engine that end %s',
  async (_name, { source, how }) => {
    using holdings = new Holdings();
    await using net = openLoopback();
    const runAll = async (): Promise<void> => {
      const out = keeper();
      const engine = new Engine({ net, stdout: out.stream, stderr: out.stream });
      const runs = Array.from({ length: 6 }, () => engine.run({ source, args: [String(port)] }));
      if (how === 'killed') await until(() => out.text() === 'open\n'.repeat(6), 'all are where they stay');
      else await Promise.all(runs);
      await engine.close();
      for (const { ok } of await Promise.all(runs)) expect(ok).toBe(how === 'well');
    };
    const before = holdings.now;
    await runAll();
    expect(await settled(holdings, before)).toEqual(before);
  },
);
