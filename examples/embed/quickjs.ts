/**
 * A host for JavaScript of others; the interpreter is QuickJS, compiled to WebAssembly.
 * Usage: node examples/embed/quickjs.ts RULES FOLDER [ARGUMENT ...]: main.qjs there is the user's, every other file a library.
 */
import { readFileSync, writeSync } from 'node:fs';
import { isMainThread, workerData } from 'node:worker_threads';
import variant from '@jitl/quickjs-wasmfile-release-sync';
import { CaspianError, connectNet, SyncNet, SyncResponse, SyncTcpSocket, surface } from 'caspian-net/guest';
import { newQuickJSWASMModuleFromVariant, type QuickJSContext, type QuickJSHandle } from 'quickjs-emscripten-core';
import { runThread, sourceOf, type ThreadData } from './start.ts';

/** What scripts can ask of each thing; nothing else of it exists for them. */
const METHODS = [
  { of: SyncNet, names: ['fetch', 'tcp', 'narrow', 'allowed', 'close'] },
  { of: SyncResponse, names: ['text', 'json', 'bytes', 'header', 'close'] },
  { of: SyncTcpSocket, names: ['send', 'sendAll', 'recv', 'recvLine', 'recvExact', 'close'] },
];

/** Values of the host's for scripts: bytes as an ArrayBuffer, plain data as data, the three things by their methods. */
function give(context: QuickJSContext, value: unknown): QuickJSHandle {
  if (value instanceof Uint8Array) return context.newArrayBuffer(new Uint8Array(value).buffer);
  const names = METHODS.find(({ of }) => value instanceof of)?.names;
  if (names === undefined) {
    const text = context.newString(JSON.stringify(value ?? null));
    return context.unwrapResult(context.callMethod(context.getProp(context.global, 'JSON'), 'parse', [text]));
  }
  const thing = context.newObject();
  for (const name of names) {
    const method: (...args: unknown[]) => unknown = Reflect.get(Object(value), name);
    const call: Native = (...args) => give(context, method.apply(value, dumped(context, args)));
    context.setProp(thing, name, native(context, name, call));
  }
  if (value instanceof SyncResponse) context.setProp(thing, 'status', context.newNumber(value.status));
  return thing;
}

const dumped = (context: QuickJSContext, args: QuickJSHandle[]): unknown[] => args.map((arg) => context.dump(arg));

type Native = (...args: QuickJSHandle[]) => QuickJSHandle;

/** A function of the host's. An error of ours leaves with its type and message, any other says nothing. */
function native(context: QuickJSContext, name: string, body: Native): QuickJSHandle {
  return context.newFunction(name, (...args) => {
    try {
      return body(...args);
    } catch (error) {
      const { type, message } = error instanceof CaspianError ? error : { type: 'Error', message: 'not possible' };
      const failure = context.newError();
      context.defineProp(failure, 'name', { value: context.newString(type) });
      context.defineProp(failure, 'message', { value: context.newString(message) });
      return { error: failure };
    }
  });
}

async function runJavaScript({ guest, folder, args }: ThreadData): Promise<void> {
  const net = connectNet(guest);
  const runtime = (await newQuickJSWASMModuleFromVariant(variant)).newRuntime({ memoryLimitBytes: 2 ** 26 });
  const context = runtime.newContext();
  const compile = context.unwrapResult(context.evalCode("(text) => new Function('net', 'use', 'print', 'argv', text)"));
  context.unwrapResult(context.evalCode(readFileSync(new URL('quickjs/harden.qjs', import.meta.url), 'utf8')));
  const line = (words: unknown[]): string => `${words.map(String).join(' ')}\n`;
  const print = native(context, 'print', (...words) => give(context, writeSync(1, line(dumped(context, words)))));
  const use = native(context, 'use', (name) => run(`library ${context.dump(name)}`, String(context.dump(name))));
  const run = (role: string, name: string): QuickJSHandle => {
    const source = context.newString(sourceOf(folder, name, 'qjs'));
    const unit = context.unwrapResult(context.callFunction(compile, context.undefined, source));
    // The one decision: who is asking? A library gets null, and has to be handed something of the network.
    const own = give(context, surface(net, role));
    return context.unwrapResult(context.callFunction(unit, context.undefined, own, use, print, give(context, args)));
  };
  run('user', 'main');
}

if (isMainThread) await runThread(import.meta.url);
else await runJavaScript(workerData);
