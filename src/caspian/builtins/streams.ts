/**
 * `%stdin`, `%stdout`, `%stderr`. Powerless side. What is read is bytes of the host's; text is made here.
 */
import type { Call } from '../runtime/call.ts';
import { eputsOne, printOne, putsOne } from '../runtime/print.ts';
import { decodeUtf8 } from '../runtime/text.ts';
import { Bytes, type Instance, type Value } from '../runtime/values.ts';
import { blockOf, type MethodTable, singleton } from './table.ts';

const encoder = new TextEncoder();

function toBytes(call: Call, value: Value): Uint8Array {
  return value instanceof Bytes ? value.data : encoder.encode(call.vm.display(value, call.by));
}

function written(call: Call, args: readonly Value[], write: (value: Value) => void): number {
  let count = 0;
  for (const value of args) {
    count += toBytes(call, value).length;
    write(value);
  }
  return count;
}

export const STDOUT_TABLE: MethodTable<Instance> = {
  write: [['*values'], (_self, args, call) => written(call, args, (value) => printOne(call.vm, value, call.by))],
  print: [
    ['*values'],
    (_self, args, call) => {
      for (const value of args) printOne(call.vm, value, call.by);
      return null;
    },
  ],
  puts: [
    ['*values'],
    (_self, args, call) => {
      for (const value of args.length === 0 ? [''] : args) putsOne(call.vm, value, call.by, 0);
      return null;
    },
  ],
  flush: (_self, call) => {
    call.vm.output.flush();
    return null;
  },
  capture: [
    { block: 'required' },
    (_self, _args, call) => {
      const { output } = call.vm;
      output.beginCapture();
      let captured: Uint8Array = new Uint8Array();
      try {
        call.vm.yieldMany(blockOf(call), [], call.by);
      } finally {
        captured = output.endCapture();
      }
      return decodeUtf8(captured);
    },
  ],
};

export const stdoutObject = singleton('stdout', STDOUT_TABLE);

export const STDERR_TABLE: MethodTable<Instance> = {
  write: [
    ['*values'],
    (_self, args, call) => written(call, args, (value) => call.vm.output.error(toBytes(call, value))),
  ],
  puts: [
    ['*values'],
    (_self, args, call) => {
      for (const value of args.length === 0 ? [''] : args) eputsOne(call.vm, value, call.by, 0);
      return null;
    },
  ],
  flush: () => null,
};

export const stderrObject = singleton('stderr', STDERR_TABLE);

export const STDIN_TABLE: MethodTable<Instance> = {
  read: [{ params: ['max?'], blocking: true }, (_self, args, call) => call.vm.input.read(args[0] ?? null)],
  read_line: [
    { named: ['chomp'], blocking: true },
    (_self, _args, call) => call.vm.input.readLine(call.named.get('chomp') ?? null),
  ],
  lines: [
    { block: 'required', blocking: true },
    (_self, _args, call) => {
      for (;;) {
        const line = call.vm.input.readLine(true);
        if (line === null) return null;
        call.yield(line);
      }
    },
  ],
};

export const stdinObject = singleton('stdin', STDIN_TABLE);
