/** What a guest has under way in the network ends at once: given up by itself, revoked by its host, or with the guest. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Isolate } from '../../src/isolate/host/isolate.ts';
import { Grants } from '../../src/net/grants/grants.ts';
import { type Net, openNet } from '../../src/net/net.ts';
import { type HttpServer, type RawServer, startHttp, startRaw } from '../helpers/http-server.ts';
import { nextMessage, openSandbox } from '../helpers/isolates.ts';
import { type SocketServer, startSockets } from '../helpers/web-socket-server.ts';

const sandbox = openSandbox();
let http: HttpServer;
/** A server that says nothing. */
let tcp: RawServer;
let sockets: SocketServer;
let net: Net;

beforeAll(async () => {
  http = await startHttp((response, { url }) => {
    if (url === '/hang') return;
    // Headers, and the first piece of a body that does not end.
    response.writeHead(200, url === '/events' ? { 'content-type': 'text/event-stream' } : {});
    response.write(url === '/events' ? 'data: one\n\n' : 'piece');
  });
  tcp = await startRaw(() => {});
  sockets = await startSockets(() => {});
  net = openNet(Grants.parse({ allowNet: ['127.0.0.1'], allowListen: ['127.0.0.1:0'] }));
});

afterAll(async () => {
  sandbox.shutdown();
  await net.close();
  await http[Symbol.asyncDispose]();
  await tcp[Symbol.asyncDispose]();
  await sockets[Symbol.asyncDispose]();
});

function origins(): string {
  return `const http = 'http://127.0.0.1:${http.port}', ws = 'ws://127.0.0.1:${sockets.port}/', port = ${tcp.port};
    const codeOf = (e) => [e.cause?.cause, e.cause, e.error, e].find((one) => typeof one?.code === 'string')?.code ?? e.name;
    const blocked = (act) => { try { act(); return 'ended well' } catch (e) { return codeOf(e) } };`;
}

/** Connections that a server sees. */
function open(): number {
  return http.connections.open + tcp.connections.open + sockets.open;
}

interface Row {
  readonly name: string;
  /** Says `under way` when it waits for what does not come, and then what that came to. */
  readonly source: string;
  /** Whether a server sees it as a connection. */
  readonly isConnection: boolean;
}

const SAY = `NETWORK.send('under way');`;

const ROWS: readonly Row[] = [
  {
    name: 'a fetch whose headers have not come',
    source: `const f = fetch(http + '/hang', init).catch(codeOf); ${SAY} await f`,
    isConnection: true,
  },
  {
    name: 'a body that is being read',
    source: `const reader = (await fetch(http + '/body', init)).body.getReader(); await reader.read();
      const r = reader.read().then(() => 'ended well', codeOf); ${SAY} await r`,
    isConnection: true,
  },
  {
    name: 'a WebSocket',
    source: `const s = new WebSocket(ws); await new Promise((r) => { s.onopen = r });
      const e = new Promise((r) => { s.onerror = (e) => r(codeOf(e)) }); ${SAY} await e`,
    isConnection: true,
  },
  {
    name: 'an event stream',
    source: `const s = new EventSource(http + '/events'); await new Promise((r) => { s.onmessage = r });
      const e = new Promise((r) => { s.onerror = ({ error }) => { if (error?.code !== 'NET_RESET') { s.close(); r(codeOf({ error })) } } });
      ${SAY} await e`,
    isConnection: true,
  },
  {
    name: 'a blocking fetch',
    source: `${SAY} blocked(() => net.fetch(http + '/hang'))`,
    isConnection: true,
  },
  {
    name: 'a blocking read of a body',
    source: `const r = net.fetch(http + '/body'); ${SAY} blocked(() => r.bytes())`,
    isConnection: true,
  },
  {
    name: 'a blocking read of a socket',
    source: `const s = net.tcp('127.0.0.1', port); ${SAY} blocked(() => s.recv(10))`,
    isConnection: true,
  },
  {
    name: 'a blocking read of a WebSocket',
    source: `const s = net.webSocket(ws); ${SAY} blocked(() => s.recv())`,
    isConnection: true,
  },
  {
    name: 'a datagram that is waited for',
    source: `const s = net.udp('127.0.0.1', port); ${SAY} blocked(() => s.recv(10))`,
    isConnection: false,
  },
  {
    name: 'a peer that is waited for',
    source: `const l = net.tcpListen('127.0.0.1', 0); ${SAY} blocked(() => l.accept())`,
    isConnection: false,
  },
];

describe.each(ROWS)('$name', ({ source, isConnection }) => {
  async function begin(own: Net): Promise<{ readonly guest: Isolate; readonly outcome: Promise<unknown> }> {
    const guest = await sandbox.createIsolate({ net: own });
    const underWay = nextMessage(guest, 'under way');
    const outcome = guest.evaluate(`const init = {}; ${origins()} ${source}`, { timeout: 15 });
    outcome.catch(() => {});
    await underWay;
    if (isConnection) await expect.poll(open).toBe(1);
    return { guest, outcome };
  }

  it('ends when its host revokes the net', async () => {
    const small = net.narrow(['127.0.0.1'], { listen: ['127.0.0.1:0'] });
    const { guest, outcome } = await begin(small);
    net.revoke(small);
    expect(await outcome).toBe('NET_REVOKED');
    await expect.poll(open).toBe(0);
    guest.destroy();
  });

  it('ends with its guest', async () => {
    const { guest, outcome } = await begin(net);
    guest.destroy();
    await expect(outcome).rejects.toThrow('has ended');
    await expect.poll(open).toBe(0);
  });
});

describe('a guest that gives up', () => {
  const GIVEN_UP: readonly (readonly [name: string, source: string, outcome: string])[] = [
    [
      'a fetch before its headers have come',
      `const f = fetch(http + '/hang', { signal: c.signal }).catch(codeOf); await asked(); c.abort(); await f`,
      'AbortError',
    ],
    [
      'a body that is being read',
      `const reader = (await fetch(http + '/body', { signal: c.signal })).body.getReader(); await reader.read();
        const r = reader.read().catch(codeOf); c.abort(); await r`,
      'AbortError',
    ],
    [
      'a body that nobody reads',
      `const r = await fetch(http + '/body', { signal: c.signal }); c.abort(); await r.text().catch(codeOf)`,
      'AbortError',
    ],
    ['a body by its stream', `await (await fetch(http + '/body')).body.cancel(); 'cancelled'`, 'cancelled'],
    [
      'an event stream',
      `const s = new EventSource(http + '/events'); await new Promise((r) => { s.onmessage = r }); s.close(); 'closed'`,
      'closed',
    ],
    [
      'a WebSocket before it is open',
      `const s = new WebSocket('ws://127.0.0.1:' + hanging); const e = new Promise((r) => { s.onclose = ({ code }) => r(String(code)) });
        await asked(); s.close(); await e`,
      '1006',
    ],
  ];

  it.each(GIVEN_UP)('%s frees its connection at once', async (_name, source, outcome) => {
    const guest = await sandbox.createIsolate({ net });
    guest.onRequest('asked', async () => void (await expect.poll(open).toBe(1)));
    const asked = `const c = new AbortController(), asked = () => NETWORK.request('asked'), hanging = ${tcp.port};`;
    expect(await guest.evaluate(`${origins()} ${asked} ${source}`, { timeout: 15 })).toBe(outcome);
    await expect.poll(open).toBe(0);
    expect(guest.destroyed).toBe(false);
    guest.destroy();
  });
});
