/**
 * A host for a language of its own: lists in parentheses, read and run in 40 lines.
 * Usage: node examples/embed/toy.ts RULES FOLDER [ARGUMENT ...]: main.toy there is the user's, every other file a library.
 */
import { writeSync } from 'node:fs';
import { isMainThread, workerData } from 'node:worker_threads';
import { connectNet, NetworkError, SyncNet, surface } from 'caspian-net/guest';
import { runThread, sourceOf, type ThreadData } from './start.ts';

type Node = string | readonly Node[];
type Value = string | null | SyncNet | ((...args: Value[]) => Value);
type Scope = ReadonlyMap<string, Value>;

/** `(print "a" (join b c))` as nested lists; a text keeps its quotes. */
function read(source: string): Node[] {
  const words = source.replaceAll(/^;.*$/gm, '').match(/"[^"]*"|[()]|[^\s()"]+/g) ?? [];
  const list = (): Node[] => {
    const nodes: Node[] = [];
    for (let word = words.shift(); word !== undefined && word !== ')'; word = words.shift()) {
      nodes.push(word === '(' ? list() : word);
    }
    return nodes;
  };
  return list();
}

function runToy({ guest, folder, args }: ThreadData): void {
  const net = connectNet(guest);
  const capability = (value: Value | undefined): SyncNet =>
    value instanceof SyncNet ? value : fail('no network here');
  /** All that there is beside `net`, `use`, `def`, `fn` and `try`. Whatever is not here can't be done. */
  const builtins: Scope = new Map<string, Value>([
    ['print', (...words) => String(writeSync(1, `${words.map(show).join(' ')}\n`))],
    ['arg', (at) => args[Number(at)] ?? null],
    ['join', (...words) => words.map(show).join('')],
    ['get', (from, url) => capability(from).fetch(show(url)).text()],
    ['narrow', (from, ...rules) => capability(from).narrow(rules.map(show))],
  ]);
  const unit = (role: string, name: string): Value => all(read(sourceOf(folder, name, 'toy')), new Map(builtins), role);
  const all = (nodes: readonly Node[], scope: Map<string, Value>, role: string): Value =>
    nodes.reduce<Value>((_last, node) => evaluate(node, scope, role), null);
  /** `role` is that of the file in which the code stands: a function keeps it, whoever calls it. */
  const evaluate = (node: Node, scope: Map<string, Value>, role: string): Value => {
    if (node === 'net') return surface(net, role);
    if (typeof node === 'string') return node.startsWith('"') ? node.slice(1, -1) : (scope.get(node) ?? null);
    const [head, first = '', ...rest] = node;
    if (head === 'use') return unit(`library ${first}`, show(evaluate(first, scope, role)));
    if (head === 'def') return scope.set(String(first), all(rest, scope, role)) && null;
    if (head === 'fn') {
      const names = [first].flat().map(String);
      return (...args) =>
        all(rest, new Map([...scope, ...names.map((name, at) => [name, args[at] ?? null] as const)]), role);
    }
    if (head === 'try') return attempt(() => all([first, ...rest], scope, role));
    const [callee, ...args] = node.map((part) => evaluate(part, scope, role));
    return typeof callee === 'function' ? callee(...args) : fail(`${head} is no function`);
  };
  unit('user', 'main');
}

function show(value: Value | undefined): string {
  return typeof value === 'string' ? value : value === null || value === undefined ? 'null' : 'something';
}

function fail(message: string): never {
  throw new Error(message);
}

function attempt(body: () => Value): Value {
  try {
    return body();
  } catch (error) {
    return error instanceof NetworkError ? error.type : error instanceof Error ? error.message : 'failed';
  }
}

if (isMainThread) await runThread(import.meta.url);
else runToy(workerData);
