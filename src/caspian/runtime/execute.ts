/**
 * Runs a program and reports how it ended. Powerless side.
 */
import { compileFile } from '../compile/file.ts';
import type { RunLimits, RuntimeHost } from '../host.ts';
import type { Program } from '../parser/ast.ts';
import { parseProgram } from '../parser/program.ts';
import { Site } from './code.ts';
import { Alarm, CALL_DEPTH, Exit, INTERNAL, isStackOverflow, MEMORY_LIMIT, Raise } from './errors.ts';
import { stateOf } from './exceptions.ts';
import { Libraries } from './libraries.ts';
import { Machine } from './machine.ts';
import { useGauge } from './memory.ts';
import { type ErrorReport, type Failed, formatUncaught, type Outcome, shortened } from './outcome.ts';
import { type Plain, toPlain } from './plain.ts';
import type { Value } from './values.ts';

export function execute(program: Program, host: RuntimeHost, limits: RunLimits): Outcome {
  const vm = new Machine(host, limits);
  const libraries = compileLibraries(vm);
  const start = new Site('user', null, null, '');
  const before = useGauge(vm.gauge);
  try {
    const outcome = attempt(vm, () => {
      const { code, frame } = compileFile(vm, libraries, program, 'user');
      return vm.runFrame(code, frame, start);
    });
    return flushed(vm, outcome);
  } finally {
    useGauge(before);
  }
}

/** Libraries that are compiled and run when they are first asked for. */
export function compileLibraries(vm: Machine): Libraries {
  const libraries: Libraries = new Libraries(vm, (source, url, site) => {
    const library = compileFile(vm, libraries, parseProgram(source, url), url);
    return vm.runFrame(library.code, library.frame, site);
  });
  return libraries;
}

function attempt(vm: Machine, body: () => Value): Outcome {
  try {
    return { ok: true, value: plainOrNull(body()), exitCode: null };
  } catch (thrown) {
    if (thrown instanceof Exit) return { ok: true, value: null, exitCode: thrown.code };
    return { ok: false, ...failureOf(vm, thrown) };
  }
}

/** What is left in the buffer is written whatever happened, unless it is the output limit that was met. */
function flushed(vm: Machine, outcome: Outcome): Outcome {
  try {
    vm.output.flush();
    // What is said of an uncaught exception is the script's to choose: it counts as its output.
    if (!outcome.ok && outcome.alarm === null) vm.output.count(formatUncaught(outcome.error).length);
    return outcome;
  } catch (thrown) {
    return outcome.ok || outcome.alarm === null ? { ok: false, ...failureOf(vm, thrown) } : outcome;
  }
}

function plainOrNull(value: Value): Plain {
  try {
    return toPlain(value);
  } catch {
    return null;
  }
}

/** What was thrown, as what is reported of it. */
export function failureOf(vm: Machine, thrown: unknown): Failed {
  if (thrown instanceof Raise) {
    const state = stateOf(thrown.exception);
    const { message, hint, file, line, backtrace } = state;
    const { cls } = thrown.exception;
    const error: ErrorReport = {
      type: shortened(cls.url ?? cls.name),
      message: shortened(message),
      hint: hint === null ? null : shortened(hint),
      file,
      line,
      backtrace: backtrace.map(shortened),
    };
    return { error, alarm: null };
  }
  const alarm = isStackOverflow(thrown)
    ? new Alarm(CALL_DEPTH, 'the calls inside each other have used up the stack')
    : thrown;
  if (alarm instanceof Alarm) return { error: alarmReport(vm, alarm), alarm: alarm.type };
  const broken =
    thrown instanceof RangeError
      ? new Alarm(MEMORY_LIMIT, 'a value is too large for the memory there is')
      : new Alarm(INTERNAL, thrown instanceof Error ? thrown.message : 'the engine failed');
  return { error: alarmReport(vm, broken), alarm: broken.type };
}

function alarmReport(vm: Machine, alarm: Alarm): ErrorReport {
  const site = vm.sites[Math.min(vm.depth, vm.sites.length - 1)] ?? new Site('user', null, null, '');
  const backtrace = vm.backtrace(site);
  return { type: alarm.type, message: alarm.message, hint: null, file: site.file, line: site.line, backtrace };
}
