/**
 * The dashboard: a page about the journal, on this machine alone, that can change nothing. Trusted side; the only file
 * that serves HTTP. Whoever connects is a stranger until `Door` has let them in.
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { SocketError } from '../../errors/classes.ts';
import { type Clock, systemClock } from '../../net/clock.ts';
import { type JournalFilter, STATUS_WORDS } from '../journal/row.ts';
import { Door, HEADERS } from './door.ts';
import { Feed, type Source, toldRow } from './feed.ts';
import type { Told } from './told.ts';

export interface DashboardOptions {
  /** 0: any that is free. */
  readonly port: number;
  readonly clock?: Clock;
}

export interface Dashboard extends AsyncDisposable {
  /** Opens it in one browser, once. */
  readonly link: string;
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';
const SHOWN_ROWS = 200;
const LONGEST_NAME = 256;

/** Nobody needs more of it; each bounds what a stranger can hold. */
const LIMITS = {
  maxHeaderSize: 8_192,
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
};
const MOST_CONNECTIONS = 64;
const MOST_STREAMS = 8;
/** Bytes that wait for a page that does not read; then its stream is ended, and the browser comes back. */
const MOST_UNSENT = 1_048_576;

/** Beside the bundle that this file is in, or in dist/ when it runs from src/. */
const fromSource = import.meta.url.endsWith('.ts');
const folder = new URL(fromSource ? '../../../dist/dashboard/' : './dashboard/', import.meta.url);
const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '': ['index.html', 'text/html'],
  'page.css': ['page.css', 'text/css'],
  'page.js': ['page.js', 'text/javascript'],
};

/** Serves the dashboard of an egress until it is closed. Raises SocketError where the port can't be had. */
export async function openDashboard(
  source: Source,
  { port, clock = systemClock }: DashboardOptions,
): Promise<Dashboard> {
  const server = createServer(LIMITS);
  server.maxConnections = MOST_CONNECTIONS;
  const door = new Door(`${LOOPBACK}:${await listen(server, port)}`);
  const feed = new Feed(source, clock, () => Date.now());
  const site = new Site(source, door, feed);
  server.on('request', (request, response) => void site.answer(request, response));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      feed.close();
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { link: door.link, close, [Symbol.asyncDispose]: close };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    // Once it listens, a peer that could not be accepted: there may be no descriptor left for it.
    server.on('error', (cause) => {
      reject(new SocketError(`the dashboard can not have port ${port}: ${cause.message}`, { cause }));
    });
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

class Site {
  readonly #source: Source;
  readonly #door: Door;
  readonly #feed: Feed;
  readonly #files = new Map(Object.entries(FILES).map(([name, [file]]) => [name, readFileSync(pathOf(file))]));
  #streams = 0;

  constructor(source: Source, door: Door, feed: Feed) {
    this.#source = source;
    this.#door = door;
    this.#feed = feed;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    const { method = '', url = '', headers } = request;
    const verdict = this.#door.decide({ method, url, headers });
    // A body that nobody reads is not waited for.
    if (verdict.kind === 'refused') response.setHeader('connection', 'close');
    if (verdict.kind === 'refused') return say(response, verdict.status, verdict.reason);
    if (verdict.kind === 'entered') {
      response.setHeader('set-cookie', verdict.cookie);
      response.setHeader('location', verdict.location);
      return say(response, 303, 'this way');
    }
    const { name, query } = verdict;
    const file = this.#files.get(name);
    if (file !== undefined) return send(response, 200, FILES[name]?.[1] ?? 'text/plain', file);
    if (name === 'rows') return await this.#rows(query, response);
    if (name === 'events') return this.#events(response);
    return say(response, 404, 'there is nothing here');
  }

  async #rows(query: URLSearchParams, response: ServerResponse): Promise<void> {
    const filter = readFilter(query);
    if (filter === null) return say(response, 400, 'app, host and verdict are names of at most 256 characters');
    try {
      const rows = await this.#source.journal(filter);
      send(response, 200, 'application/json', JSON.stringify(rows.map(toldRow)));
    } catch {
      say(response, 503, "the state can't be reached");
    }
  }

  #events(response: ServerResponse): void {
    if (this.#streams >= MOST_STREAMS) {
      say(response, 503, 'too many pages are open');
      return;
    }
    this.#streams += 1;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    const stop = this.#feed.listen((event) => {
      response.write(frame(event));
      if (response.writableLength > MOST_UNSENT) response.destroy();
    });
    response.once('close', () => {
      stop();
      this.#streams -= 1;
    });
  }
}

/** One frame: JSON has no line breaks. */
function frame({ type, data }: Told): string {
  return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Null where it is not a filter of the page's. */
function readFilter(query: URLSearchParams): JournalFilter | null {
  const [app, host, verdict] = ['app', 'host', 'verdict'].map((name) => query.get(name) || undefined);
  if ([app, host].some((name) => name !== undefined && name.length > LONGEST_NAME)) return null;
  if (verdict !== undefined && !STATUS_WORDS.includes(verdict)) return null;
  return { app, host, status: verdict, limit: SHOWN_ROWS };
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, folder));
}

function say(response: ServerResponse, status: number, sentence: string): void {
  if (status === 405) response.setHeader('allow', 'GET');
  send(response, status, 'text/plain', `${sentence}\n`);
}

function send(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8` }).end(body);
}
