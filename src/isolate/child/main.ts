/**
 * The child process that isolates live in. It has the engine, the pipe to its host, and next to nothing else: no
 * network, no environment, no file but its own. Started by host/child-process.ts with the paths of what it may read.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type ivm from 'isolated-vm';
import { decodeClone } from '../wire/clone/reader.ts';
import { type Frame, ToChild, ToHost, wordAt, words } from '../wire/frames.ts';
import { MAX_BLOCKED_GUESTS } from '../wire/limits.ts';
import { RUN_WAYS } from '../wire/runs.ts';
import { Engine, EngineGuest, type Prepared } from './engine.ts';
import { Guest, type Surroundings } from './guest.ts';
import { Meter } from './meter.ts';
import { HostPipe } from './pipe.ts';

/** Isolates that are made ahead. */
const AHEAD = 2;
/** How long after one was taken the next is made: it takes some ms of this thread, which the guest comes before. */
const REFILL_MS = 2;

/** An isolate that waits for its guest. */
interface Ahead {
  readonly memoryMb: number;
  readonly prepared: Promise<Prepared>;
  owner: Guest | null;
}

const [, , library = '', folder = ''] = process.argv;

const pipe = new HostPipe();
const guests = new Map<number, Guest>();
const engine = new Engine(loadLibrary(library), readFileSync(join(folder, 'isolate-prelude.js'), 'utf8'));
const meter = new Meter(() => guests.values());
const tables = new Map<string, string>();
const ahead: Ahead[] = [];
let refilling = false;
let blocked = 0;
let usualMemory: number | null = null;

const around: Surroundings = {
  pipe,
  table: readTable,
  block() {
    if (blocked >= MAX_BLOCKED_GUESTS) return null;
    blocked += 1;
    return () => {
      blocked -= 1;
    };
  },
  running: (guest) => meter.update(guest),
  ended: (guest) => guests.delete(guest.id),
};

function loadLibrary(path: string): typeof ivm {
  const loaded: { readonly ivm: typeof ivm } = createRequire(path)(path);
  return loaded.ivm;
}

function readTable(name: string): string {
  if (!['cjk', 'compression', 'parser', 'pattern', 'tr46'].includes(name))
    throw new TypeError('there is no such table');
  const known = tables.get(name) ?? readFileSync(join(folder, `isolate-${name}.js`), 'utf8');
  tables.set(name, known);
  return known;
}

function hear({ kind, guest: id, payload }: Frame): void {
  if (kind === ToChild.PING) {
    pipe.send(ToHost.PONG, id);
    return;
  }
  if (kind === ToChild.CREATE) return void create(id, payload);
  const guest = guests.get(id);
  if (guest === undefined) return;
  switch (kind) {
    case ToChild.DELIVER:
      guest.deliver(payload);
      return;
    case ToChild.RUN:
      run(guest, payload);
      return;
    case ToChild.DESTROY:
      guest.end(payload.length === 0 ? 'destroyed' : 'time_limit_exceeded');
      return;
    case ToChild.ANSWER:
      guest.answer(wordAt(payload, 0), payload.subarray(4));
      return;
    case ToChild.CREDIT:
      guest.credit(wordAt(payload, 0));
      return;
    case ToChild.MODULE:
      answerModule(guest, payload);
      return;
  }
}

function listOf(payload: Uint8Array): readonly unknown[] {
  const message = decodeClone(payload);
  return Array.isArray(message) ? message : [];
}

function run(guest: Guest, payload: Uint8Array): void {
  const [id, source, file, how] = listOf(payload);
  guest.run(Number(id), String(source), String(file), RUN_WAYS.find((way) => way === how) ?? 'script');
}

function answerModule(guest: Guest, payload: Uint8Array): void {
  const [id, name, source, complaint] = listOf(payload);
  guest.answerModule(
    Number(id),
    typeof source === 'string' ? { name: String(name), source } : String(complaint ?? 'there is no such module'),
  );
}

async function create(id: number, payload: Uint8Array): Promise<void> {
  const [memory, cpu, net, console] = listOf(payload);
  const memoryMb = Number(memory);
  const guest = new Guest(id, memoryMb, typeof cpu === 'number' ? cpu : null, around);
  guests.set(id, guest);
  usualMemory ??= memoryMb;
  const prepared = await take(guest, memoryMb);
  guest.begin(EngineGuest.start(prepared, { net: net === true, console: console === true }));
  pipe.send(ToHost.CREATED, id);
  refill();
}

/** An isolate that was made ahead, or a new one. */
function take(guest: Guest, memoryMb: number): Promise<Prepared> {
  const at = ahead.findIndex((one) => one.memoryMb === memoryMb);
  const [entry = prepare(memoryMb)] = at < 0 ? [] : ahead.splice(at, 1);
  entry.owner = guest;
  return entry.prepared;
}

function prepare(memoryMb: number): Ahead {
  const entry: Ahead = {
    memoryMb,
    owner: null,
    prepared: engine.prepare(
      memoryMb,
      (what, data) => entry.owner?.answerGuest(what, data),
      () => entry.owner?.lose('memory_limit_exceeded'),
    ),
  };
  return entry;
}

function refill(): void {
  if (refilling || usualMemory === null || ahead.length >= AHEAD) return;
  refilling = true;
  setTimeout(prepareAhead, REFILL_MS, usualMemory);
}

/** Makes one isolate ahead, and tells the host of it if nobody has come for it meanwhile. */
async function prepareAhead(memoryMb: number): Promise<void> {
  const entry = prepare(memoryMb);
  ahead.push(entry);
  await entry.prepared;
  refilling = false;
  if (entry.owner === null) pipe.send(ToHost.SPARE, 0, words(memoryMb));
  refill();
}

pipe.listen(hear);
pipe.send(ToHost.READY, 0);
