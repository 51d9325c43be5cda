/** `%utils`: time and JSON. Powerless side; every power comes from the host. */
import type { Call } from '../runtime/call.ts';
import { Failure, fail } from '../runtime/errors.ts';
import { decodeUtf8, typeName } from '../runtime/text.ts';
import { Bytes, truthy, type Value } from '../runtime/values.ts';
import { generateJson, parseJson } from './json.ts';
import { blockOf, numberArg, singleton } from './table.ts';

const MS = 1000;

function seconds(value: Value | undefined): number {
  const number = numberArg(value, 'the time');
  if (!(number >= 0)) throw fail.argument(`the time must be 0 or more, not ${number}`);
  return number;
}

/** Sleeps, but not past the end of a time-out. */
function sleep(call: Call, ms: number): null {
  const left = call.timeLeft();
  call.vm.output.flush();
  call.vm.host.sleep(left === null ? ms : Math.min(ms, left));
  call.checkTime();
  return null;
}

function jsonText(value: Value | undefined): string {
  if (typeof value === 'string') return value;
  if (value instanceof Bytes) return decodeUtf8(value.data);
  throw fail.argument(`JSON is read from a string or bytes, not from ${typeName(value ?? null)}`);
}

/** Null for text that is no JSON. */
function tryParse(value: Value | undefined): Value {
  const text = jsonText(value);
  try {
    return parseJson(text);
  } catch (thrown) {
    if (thrown instanceof Failure) return null;
    throw thrown;
  }
}

const json = singleton('utils/json', {
  parse: [['text'], (_self, args) => parseJson(jsonText(args[0]))],
  'parse?': [['text'], (_self, args) => tryParse(args[0])],
  generate: [
    { params: ['value'], named: ['pretty'] },
    (_self, args, call) => generateJson(args[0] ?? null, { pretty: truthy(call.named.get('pretty') ?? false) }),
  ],
});

export const utilsObject = singleton('utils', {
  json: () => json,
  now: (_self, call) => call.vm.host.now() / MS,
  sleep: [['seconds'], (_self, args, call) => sleep(call, seconds(args[0]) * MS)],
  timer: [
    { block: 'required' },
    (_self, _args, call) => {
      const { host } = call.vm;
      const start = host.monotonic();
      call.vm.yieldMany(blockOf(call), [], call.by);
      return (host.monotonic() - start) / MS;
    },
  ],
  timeout: [
    { params: ['seconds'], block: 'required' },
    (_self, args, call) =>
      call.vm.withDeadline(seconds(args[0]) * MS, () => call.vm.yieldMany(blockOf(call), [], call.by)),
  ],
});
