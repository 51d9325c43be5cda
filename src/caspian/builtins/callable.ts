/** Methods of functions and of classes. Powerless side. */
import { instantiate } from '../runtime/objects.ts';
import { textOf } from '../runtime/plain.ts';
import { canonicalUrl } from '../runtime/urls.ts';
import { ClassValue, type FunctionValue, type Value } from '../runtime/values.ts';
import { fillFrom, type MethodTable } from './table.ts';

function inherits(self: ClassValue, other: Value | undefined): boolean {
  return other instanceof ClassValue ? self.isA(other) : self.isAt(canonicalUrl(textOf(other, 'the class')));
}

export const FUNCTION_TABLE: MethodTable<FunctionValue> = {
  call: [
    { params: ['*args'], named: 'any', block: 'optional' },
    (self, args, call) => call.vm.callFunction(self, args, call.named, call.block, call.by),
  ],
  name: (self) => self.code.name,
  arity: (self) => self.code.params.filter((param) => param.kind === 'positional' && !param.optional).length,
  parameters: (self) => self.code.params.map((param) => param.name),
};

export const functionMethods = fillFrom<FunctionValue>(FUNCTION_TABLE);

export const CLASS_TABLE: MethodTable<ClassValue> = {
  new: [
    { params: ['*args'], named: 'any', block: 'optional' },
    (self, args, call) => instantiate(call.vm, self, args, call.named, call.block, call.by),
  ],
  url: (self) => self.url,
  name: (self) => self.name,
  'inherits?': [['class'], (self, args) => inherits(self, args[0])],
};

export const classMethods = fillFrom<ClassValue>(CLASS_TABLE);
