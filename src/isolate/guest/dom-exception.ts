/** DOMException (Web IDL §2.8.1). Powerless. */
import { attributes, constants, dictionary, domString, hold } from './interface.ts';

const CODES: Readonly<Record<string, number>> = Object.freeze({
  IndexSizeError: 1,
  HierarchyRequestError: 3,
  WrongDocumentError: 4,
  InvalidCharacterError: 5,
  NoModificationAllowedError: 7,
  NotFoundError: 8,
  NotSupportedError: 9,
  InUseAttributeError: 10,
  InvalidStateError: 11,
  SyntaxError: 12,
  InvalidModificationError: 13,
  NamespaceError: 14,
  InvalidAccessError: 15,
  TypeMismatchError: 17,
  SecurityError: 18,
  NetworkError: 19,
  AbortError: 20,
  URLMismatchError: 21,
  QuotaExceededError: 22,
  TimeoutError: 23,
  InvalidNodeTypeError: 24,
  DataCloneError: 25,
});

/** Constants that are not spelled as their error is. */
const OTHERWISE: Readonly<Record<string, string>> = {
  InUseAttributeError: 'INUSE_ATTRIBUTE_ERR',
  URLMismatchError: 'URL_MISMATCH_ERR',
};
/** And those of errors that there are no more. */
const UNUSED = { DOMSTRING_SIZE_ERR: 2, NO_DATA_ALLOWED_ERR: 6, VALIDATION_ERR: 16 } as const;

/** An Error that its own prototype describes: the class is none that inherits from Error's, its prototype is. */
export class DOMException {
  declare readonly name: string;
  declare readonly message: string;
  declare readonly stack?: string;

  constructor(message = '', options: string | { readonly name?: string; readonly cause?: unknown } = 'Error') {
    const { name = 'Error', ...more } = typeof options === 'object' ? dictionary(options) : { name: options };
    const cause = 'cause' in more ? more : undefined;
    const error: DOMException = Reflect.construct(Error, [domString(message), cause], new.target);
    // The prototype says what it is, as with all attributes.
    Reflect.deleteProperty(error, 'message');
    hold(error, { name: domString(name), message: domString(message), code: CODES[domString(name)] ?? 0 });
    // biome-ignore lint/correctness/noConstructorReturn: only Error makes what the engine takes for an error.
    return error;
  }
}
Object.setPrototypeOf(DOMException.prototype, Error.prototype);
attributes(DOMException, 'name', 'message', 'code');

const constant = (name: string): string =>
  `${name
    .replace(/Error$/, '')
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toUpperCase()}_ERR`;
const NUMBERS: readonly (readonly [name: string, code: number])[] = [
  ...Object.entries(CODES).map(([name, code]) => [OTHERWISE[name] ?? constant(name), code] as const),
  ...Object.entries(UNUSED),
];
constants(DOMException, Object.fromEntries(NUMBERS.toSorted(([, one], [, other]) => one - other)));
