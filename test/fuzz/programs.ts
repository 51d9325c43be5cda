/**
 * Random programs that mean something: variables that exist, methods that there are, calls with plausible arguments, and
 * now and then the opposite. What syntax alone can do is generated from spec/grammar.md (grammar.ts).
 */
import { HOST_WORDS, METHODS, SYSTEM, URLS } from './corpus.ts';
import type { Random } from './random.ts';

const OPERATORS = ['+', '-', '*', '/', '%', '**', '==', '!=', '<', '>', '<=', '>=', '<=>', '&&', '||', 'and', 'or'];
const NUMBERS = ['0', '1', '2', '-1', '3.5', '1e308', '9007199254740993', '0xff', '1e-300', '(0 / 0)', '(1 / 0)', '-0'];
const TEXTS = ['', 'a', 'a,b,c', 'naïve', '😀', '\\u{202e}', '\\0', '%s %d', '[1, {"a": 2}]', '(a+)+$', 'x\\ny\\r\\n'];
export const NAMES = ['a', 'b', 'c', 'x', 'list', 'hash', 'f', 'o'];

/** Something of each type to begin with. A failure should not end the program: what stands behind it is to be run too. */
export const PRELUDE = `$a = 3
$b = 'text'
$c = null
$x = 'bytes'.bytes
$list = [3, 1, 2]
$hash = {a: 1, b: [2], 'constructor' => 'x'}
$f = closure($n: 1) $n end
$o = class
  field :a, :get, :set, default: 1
  method each() yield(1) end
end.new
`;

export function randomProgram(random: Random): string {
  const writer = new Writer(random);
  const statements = random.many(1, 8, () => {
    const statement = writer.statement(0);
    return random.oneIn(3) ? statement : `catch\n${statement}\nend`;
  });
  return `${PRELUDE}${statements.join('\n')}\n`;
}

class Writer {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  #name(): string {
    return this.#random.oneIn(30) ? this.#random.pick(HOST_WORDS) : this.#random.pick(NAMES);
  }

  #body(depth: number): string {
    return this.#random.many(0, 3, () => `  ${this.statement(depth + 1)}\n`).join('');
  }

  statement(depth: number): string {
    const random = this.#random;
    const value = (): string => this.#value(depth + 1);
    if (depth > 4) return `$${this.#name()} = ${value()}`;
    const forms: readonly (() => string)[] = [
      () => `$${this.#name()} = ${value()}`,
      () => `$${this.#name()} = ${value()}`,
      () => `$${this.#name()} ${random.pick(['+=', '-=', '*=', '/=', '||='])} ${value()}`,
      () => `puts ${value()}`,
      () => `puts ${value()}.inspect`,
      () => `if ${value()}\n${this.#body(depth)}elsif ${value()}\n${this.#body(depth)}else\n${this.#body(depth)}end`,
      () => `unless ${value()}\n${this.#body(depth)}end`,
      () => `${value()} ${random.pick(['if', 'unless'])} ${value()}`,
      () =>
        `[1, 2, 3].each do($${this.#name()})${random.oneIn(3) ? ' as $loop' : ''}\n${this.#body(depth)}${this.#sections(depth)}end`,
      () => `${random.below(4)}.times do($i)\n${this.#body(depth)}end`,
      () => `$n = 0\nwhile $n < ${random.below(5)}\n  $n += 1\n${this.#body(depth)}end`,
      () => `forever\n${this.#body(depth)}  break\nend`,
      () => `$e = catch${random.oneIn(2) ? "('puck.uno/error')" : ''}\n${this.#body(depth)}end\nputs $e&.message`,
      () => `begin\n${this.#body(depth)}ensure\n${this.#body(depth)}end`,
      () => `function &${this.#name()}(${this.#parameters()})\n${this.#body(depth)}end`,
      () => `$${this.#name()} = class\n${this.#class(depth)}end`,
      () => `raise ${random.oneIn(2) ? `'${random.pick(URLS)}', ${value()}` : value()}`,
      () =>
        random.pick([
          ...(depth > 0 ? ['break', 'next', 'break 2'] : []),
          'return',
          `return ${value()}`,
          '%process.exit(3)',
          'yield 1',
        ]),
      () => `%chain[${value()}] = ${value()}`,
      () => `$${this.#name()}[${value()}] = ${value()}`,
      () => `$${this.#name()}.${this.#method()} = ${value()}`,
      () => `do\n${this.#body(depth)}end`,
      () => `puts <<EOF\n  text #{${value()}}\nEOF`,
    ];
    return random.pick(forms)();
  }

  #sections(depth: number): string {
    return this.#random.oneIn(4)
      ? `${this.#random.pick(['before', 'between', 'after', 'noloop'])}\n${this.#body(depth)}`
      : '';
  }

  #class(depth: number): string {
    const random = this.#random;
    const members = [
      () => `  field :${this.#name()}, :get, :set, default: ${this.#value(depth + 2)}\n`,
      () => `  method ${this.#method()}(${this.#parameters()})\n${this.#body(depth + 1)}  end\n`,
      () => `  method init(@a, $b: 1)\n${this.#body(depth + 1)}  end\n`,
      () => '  method to_string() "#{@a}" end\n',
      () => `  inherits ${random.oneIn(2) ? `'${random.pick(URLS)}'` : `$${this.#name()}`}\n`,
    ];
    return random.many(0, 3, () => random.pick(members)()).join('');
  }

  #parameters(): string {
    const random = this.#random;
    const forms = [
      '',
      '$a',
      '$a, $b',
      '$a: 1',
      '$a, $b: 2, *rest',
      'key:',
      'key: 1, **opts',
      '$a, &block',
      "$a: {classes: ['string']}",
      '$a: $a',
    ];
    return random.pick(forms);
  }

  #method(): string {
    return this.#random.oneIn(12) ? this.#random.pick(HOST_WORDS) : this.#random.pick(METHODS);
  }

  #arguments(depth: number): string {
    const random = this.#random;
    const parts = random.many(0, 3, () => this.#value(depth + 1));
    if (random.oneIn(8)) parts.push(`*${this.#value(depth + 1)}`);
    if (random.oneIn(8)) parts.push(`${this.#name()}: ${this.#value(depth + 1)}`);
    if (random.oneIn(10)) parts.push(`**${this.#value(depth + 1)}`);
    return parts.join(', ');
  }

  #block(depth: number): string {
    const random = this.#random;
    if (!random.oneIn(3)) return '';
    if (random.oneIn(2)) return ` { |${random.pick(['x', 'x, y', '', '*r'])}| ${this.#value(depth + 1)} }`;
    return ` do($x)\n${this.#body(depth + 1)}end`;
  }

  #value(depth: number): string {
    const random = this.#random;
    if (depth > 5 || random.oneIn(3)) return this.#literal();
    const inner = (): string => this.#value(depth + 1);
    const forms: readonly (() => string)[] = [
      () => `${inner()} ${random.pick(OPERATORS)} ${inner()}`,
      () => `(${inner()} ${random.pick(OPERATORS)} ${inner()})`,
      () => `${random.pick(['!', '-', 'not '])}${inner()}`,
      () => `(${inner()}).${this.#method()}(${this.#arguments(depth)})${this.#block(depth)}`,
      () => `$${this.#name()}.${this.#method()}(${this.#arguments(depth)})${this.#block(depth)}`,
      () => `$${this.#name()}&.${this.#method()}`,
      () => `&${this.#name()}(${this.#arguments(depth)})${this.#block(depth)}`,
      () => `${inner()}[${inner()}]`,
      () => `[${random.many(0, 4, inner).join(', ')}]`,
      () => `({${random.many(0, 3, () => `${this.#key()} ${inner()}`).join(', ')}})`,
      () => `"a#{${inner()}}b$${this.#name()}"`,
      () => `closure($a) ${inner()} end`,
      () => `({ |x| ${inner()} })`,
      () => `(${inner()} | { |v| ${inner()} })`,
      () => `(if ${inner()} then ${inner()} else ${inner()} end)`,
      () => `(${inner()}).object.${random.pick(['class', 'role', "jail('map', 'then')", "isa?('string')"])}`,
      () => `$${this.#name()}.new(${this.#arguments(depth)})`,
      () => `%${random.pick(SYSTEM)}`,
      () => `%utils.${this.#method()}(${this.#arguments(depth)})`,
      () => `%puck['${random.pick(URLS)}']`,
      () => `%json.${this.#method()}(${this.#arguments(depth)})`,
      () => `(catch ${inner()} end)`,
    ];
    return random.pick(forms)();
  }

  #key(): string {
    return this.#random.oneIn(3) ? `'${this.#random.pick(HOST_WORDS)}' =>` : `${this.#name()}:`;
  }

  #literal(): string {
    const random = this.#random;
    const forms = [
      () => random.pick(NUMBERS),
      () => `'${random.pick(TEXTS)}'`,
      () => `"${random.pick(TEXTS).replaceAll('"', '')}"`,
      () => `$${this.#name()}`,
      () => random.pick(['true', 'false', 'null', 'self', '@a', '%role', '%self', '[]', '({})']),
      () => `'${random.pick(TEXTS)}'.bytes`,
      () => `:${random.pick(NAMES)}`,
    ];
    return random.pick(forms)();
  }
}
