/**
 * What a script's thread runs: it joins the link, builds the runtime's host out of the thread's few powers, runs the
 * script and reports how it ended. Trusted code in the script's thread; what the script may do is decided in the kernel.
 */
import { parentPort } from 'node:worker_threads';
import {
  CaspianSyntaxError,
  extractConfig,
  formatSyntaxError,
  formatUncaught,
  type Program,
  parse,
  type RunLimits,
  type RuntimeHost,
  run,
  type ScriptConfig,
} from '../../caspian/program.ts';
import { Caller } from '../../stdlib/caller.ts';
import { standardLibrary } from '../../stdlib/classes/net.ts';
import { Asker } from '../../stdlib/classes/options.ts';
import { Session } from '../../stdlib/session.ts';
import { SyncNet } from '../../stdlib/sync-net.ts';
import { surface } from '../surface.ts';
import { answering } from './interact.ts';
import {
  collectGarbage,
  digest,
  hmac,
  parseUrl,
  platform,
  randomBytes,
  regexEngine,
  sleep,
  usedMemory,
  writeAll,
} from './powers.ts';
import type { GuestReport, GuestStart, Question } from './protocol.ts';

/** The link itself, for operations that go to no handle. */
const NO_HANDLE = 0;

function startGuest(start: GuestStart): GuestReport {
  let program: Program;
  let asked: ScriptConfig;
  try {
    program = parse(start.source, { file: start.file });
    asked = extractConfig(program);
  } catch (thrown) {
    if (!(thrown instanceof CaspianSyntaxError)) throw thrown;
    const { message, line, hint } = thrown;
    return { kind: 'syntax', shown: formatSyntaxError(thrown), message, line, hint };
  }
  if (start.task === 'inspect') return { kind: 'config', ...asked };
  const { host, session } = hostOf(start);
  if (start.announcesConfig) announceConfig(asked, session);
  const outcome = run(program, host, limitsOf(start));
  return { kind: 'outcome', outcome, stderr: outcome.ok ? '' : formatUncaught(outcome.error) };
}

function hostOf(start: GuestStart): { readonly host: RuntimeHost; readonly session: Session } {
  const asker = new Asker();
  const session = new Session(new Caller(start.link.memory, platform(start.link.port)), () => asker.by);
  return { host: runtimeHost(start, session, asker), session };
}

function limitsOf(start: GuestStart): RunLimits {
  return {
    ...(start.callDepth === null ? {} : { callDepth: start.callDepth }),
    ...(start.outputBytes === null ? {} : { outputBytes: start.outputBytes }),
    ...(start.memoryBytes === null ? {} : { memoryBytes: start.memoryBytes }),
  };
}

function announceConfig({ config, warnings }: ScriptConfig, session: Session): void {
  if (Object.keys(config).length === 0 && warnings.length === 0) return;
  session.call('host.config', NO_HANDLE, [config, warnings], null);
}

function runtimeHost(start: GuestStart, session: Session, asker: Asker): RuntimeHost {
  const library = standardLibrary(start.hasNet ? new SyncNet(session) : null, asker);
  const inherit = start.output === 'inherit';
  const write = (stream: 'stdout' | 'stderr', bytes: Uint8Array): void => {
    if (inherit) writeAll(stream === 'stdout' ? 1 : 2, bytes);
    else session.call('host.write', NO_HANDLE, [stream, bytes], null);
  };
  return {
    write,
    // SECURITY: never by a system call of this thread: nothing ends a thread that is blocked in one, no limit and no
    // Ctrl-C (test/attacks/engine-blocked-in-stdin.test.ts).
    readStdin: (max) => {
      const answer = session.call('host.read', NO_HANDLE, [max], null);
      return answer instanceof Uint8Array ? answer : null;
    },
    now: () => Date.now(),
    monotonic: () => performance.now(),
    sleep,
    randomBytes,
    digest,
    hmac,
    parseUrl,
    regexEngine,
    usedMemory,
    collectGarbage,
    warn: (text) => write('stderr', new TextEncoder().encode(`${text}\n`)),
    net: (role) => surface(library.net, role),
    loadLibrary: (url) => {
      const answer = session.call('host.library', NO_HANDLE, [url], null);
      return typeof answer === 'string' ? answer : null;
    },
    builtinClass: (url) => library.builtinClass(url),
    argv: start.args,
    ...(start.interrupt === null ? {} : interruptible(new Int32Array(start.interrupt))),
  };
}

/** What a session does otherwise: somebody may stop what runs, and a sleep hears of it. */
function interruptible(word: Int32Array): Pick<RuntimeHost, 'interrupted' | 'sleep'> {
  return {
    interrupted: () => Atomics.load(word, 0) !== 0,
    sleep: (ms) => {
      Atomics.wait(word, 0, 0, ms);
    },
  };
}

// The engine alone starts this thread. It sends one message of this shape, and behind that only a session's questions.
parentPort?.once('message', (start: GuestStart) => {
  if (start.task !== 'interact') {
    parentPort?.postMessage(startGuest(start));
    return;
  }
  const answer = answering(hostOf(start).host, limitsOf(start), start.file);
  parentPort?.on('message', (question: Question) => parentPort?.postMessage(answer(question)));
});
