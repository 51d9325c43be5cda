/**
 * What an exception answers. Powerless side. The fields of a native error are null for one that a script raised.
 */
import { type Method, NativeMethod } from '../runtime/classes.ts';
import { type ErrorState, errorState } from '../runtime/errors.ts';
import type { Instance, Value } from '../runtime/values.ts';

type Getter = (state: ErrorState, self: Instance) => Value;

const GETTERS: Readonly<Record<string, Getter>> = {
  message: (state) => state.message,
  hint: (state) => state.hint,
  class: (_state, self) => self.cls.url ?? self.cls.name,
  role: (state) => state.role,
  line: (state) => state.line,
  file: (state) => state.file,
  cause: (state) => state.cause,
  backtrace: (state) => [...state.backtrace],
  host: (state) => state.native?.host ?? null,
  port: (state) => state.native?.port ?? null,
  code: (state) => state.native?.code ?? null,
  'retryable?': (state) => state.native?.retryable ?? false,
  operation: (state) => state.native?.operation ?? null,
  phase: (state) => state.native?.phase ?? null,
  reason: (state) => state.native?.reason ?? null,
  retry_after: (state) => state.native?.retryAfter ?? null,
  system_code: (state) => state.native?.systemCode ?? null,
  received: (state) => state.native?.received ?? null,
  status: (state) => state.native?.status ?? null,
  to_string: (state) => state.message,
};

export function exceptionMethods(methods: Map<string, Method>): void {
  for (const [name, getter] of Object.entries(GETTERS)) {
    methods.set(
      name,
      new NativeMethod(name, {}, (self) => {
        const exception = self as Instance;
        exception.state ??= errorState('');
        return getter(exception.state as ErrorState, exception);
      }),
    );
  }
}
