/** Values onto stdout and stderr, as `print` and `puts` do. Powerless side. */
import type { Site } from './code.ts';
import { MAX_NESTING } from './limits.ts';
import type { Machine } from './machine.ts';
import { Bytes, type Value } from './values.ts';

const NEWLINE = 10;
const encoder = new TextEncoder();

export function printOne(vm: Machine, value: Value, site: Site): void {
  if (value instanceof Bytes) vm.output.bytes(value.data);
  else vm.output.text(vm.display(value, site));
}

/** A line, ended unless it ends itself; an array is a line for each element. */
export function putsOne(vm: Machine, value: Value, site: Site, depth: number): void {
  if (Array.isArray(value) && depth < MAX_NESTING) {
    for (const item of value) putsOne(vm, item, site, depth + 1);
  } else if (value instanceof Bytes) {
    vm.output.bytes(value.data);
    if (value.data.at(-1) !== NEWLINE) vm.output.text('\n');
  } else {
    const text = vm.display(value, site);
    vm.output.text(text.endsWith('\n') ? text : `${text}\n`);
  }
}

export function eputsOne(vm: Machine, value: Value, site: Site, depth: number): void {
  if (Array.isArray(value) && depth < MAX_NESTING) {
    for (const item of value) eputsOne(vm, item, site, depth + 1);
  } else if (value instanceof Bytes) {
    vm.output.error(value.data);
    if (value.data.at(-1) !== NEWLINE) vm.output.error(encoder.encode('\n'));
  } else {
    const text = vm.display(value, site);
    vm.output.error(encoder.encode(text.endsWith('\n') ? text : `${text}\n`));
  }
}
