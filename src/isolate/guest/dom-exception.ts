/** DOMException (Web IDL §2.8.1). Powerless. */

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

export class DOMException extends Error {
  readonly #name: string;

  constructor(message = '', options: string | { readonly name?: string; readonly cause?: unknown } = 'Error') {
    super(message, typeof options === 'object' && 'cause' in options ? { cause: options.cause } : undefined);
    this.#name = typeof options === 'string' ? options : (options.name ?? 'Error');
  }

  override get name(): string {
    return this.#name;
  }

  get code(): number {
    return CODES[this.#name] ?? 0;
  }

  get [Symbol.toStringTag](): string {
    return 'DOMException';
  }
}

for (const [name, code] of Object.entries(CODES)) {
  const constant = `${name
    .replace(/Error$/, '')
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toUpperCase()}_ERR`;
  for (const place of [DOMException, DOMException.prototype]) {
    Object.defineProperty(place, constant, { value: code, enumerable: true });
  }
}
