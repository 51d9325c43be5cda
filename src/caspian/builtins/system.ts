/** The objects behind `%chain`, `%puck`, `%call` and `%engine`. Powerless side. */
import { textOf } from '../runtime/plain.ts';
import { ClassValue, type FunctionValue, Instance } from '../runtime/values.ts';
import { fillFrom, type MethodTable, singleton } from './table.ts';

/** SECURITY: holds nothing itself: it reads and writes the chain of whoever calls it. */
export const chainObject = singleton('chain', {
  '[]': [['key'], (_self, args, call) => call.vm.chainGet(textOf(args[0], 'the key'))],
  '[]=': [
    ['key', 'value'],
    (_self, args, call) => {
      const value = args[1] ?? null;
      call.vm.chainSet(textOf(args[0], 'the key'), value);
      return value;
    },
  ],
});

/** Only `%puck[url]` leads anywhere; that is compiled where it stands, under the role of its file. */
export const puckObject = singleton('puck', {});

export const engineObject = singleton('engine', {});

interface CallState {
  readonly name: string;
  readonly block: FunctionValue | null;
}

export const CALL_TABLE: MethodTable<Instance> = {
  name: (self) => (self.state as CallState).name,
  block: (self) => (self.state as CallState).block,
};

const callClass = new ClassValue({
  name: 'puck.uno/call',
  url: 'puck.uno/call',
  role: 'stdlib',
  parent: null,
  fill: fillFrom<Instance>(CALL_TABLE),
});

/** `%call`: what is known of the call that is running. */
export function callInfo(name: string, block: FunctionValue | null): Instance {
  return new Instance(callClass, { name, block } satisfies CallState);
}
