/** Methods of functions and of classes. Powerless side. */
import { instantiate } from '../runtime/objects.ts';
import type { ClassValue, FunctionValue } from '../runtime/values.ts';
import { fillFrom } from './table.ts';

export const functionMethods = fillFrom<FunctionValue>({
  call: [
    { params: ['*args'], named: 'any', block: 'optional' },
    (self, args, call) => call.vm.callFunction(self, args, call.named, call.block, call.by),
  ],
  name: (self) => self.code.name,
});

export const classMethods = fillFrom<ClassValue>({
  new: [
    { params: ['*args'], named: 'any', block: 'optional' },
    (self, args, call) => instantiate(call.vm, self, args, call.named, call.block, call.by),
  ],
  url: (self) => self.url,
  name: (self) => self.name,
});
