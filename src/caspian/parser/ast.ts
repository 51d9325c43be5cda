/**
 * The syntax tree. Powerless side. Plain objects with a `type`; every node knows its line, and those that the compiler
 * must treat apart know whether a closure is made inside them and whether a jump leaves them.
 */

export interface Program {
  readonly file: string;
  readonly source: string;
  readonly body: readonly Node[];
}

/** What a stretch of source contains; the parser counts while it reads. */
export interface Contents {
  /** A function that captures is made inside: variables of a loop's body then need a frame for each turn. */
  readonly makesClosures: boolean;
  /** A `return`, `break` or `next` stands inside. */
  readonly jumps: boolean;
}

interface At {
  readonly line: number;
}

export type Node =
  | Literal
  | Template
  | Variable
  | BareName
  | Field
  | SystemName
  | ArrayLiteral
  | HashLiteral
  | Unary
  | Binary
  | Logic
  | Assign
  | Call
  | FunctionCall
  | Command
  | Index
  | Pipe
  | SafeChain
  | If
  | While
  | Begin
  | Block
  | Catch
  | FunctionLiteral
  | ClassLiteral
  | Return
  | Jump
  | Raise
  | Super
  | Yield
  | Declaration;

export interface Literal extends At {
  readonly type: 'literal';
  readonly value: null | boolean | number | string;
}

export interface Template extends At {
  readonly type: 'template';
  readonly parts: readonly (string | Node)[];
}

/** `$name` */
export interface Variable extends At {
  readonly type: 'variable';
  readonly name: string;
}

/** A word alone: a parameter of a brace closure, or a call of a method of self. */
export interface BareName extends At {
  readonly type: 'bare';
  readonly name: string;
}

/** `@name` */
export interface Field extends At {
  readonly type: 'field';
  readonly name: string;
}

/** `%name` */
export interface SystemName extends At {
  readonly type: 'system';
  readonly name: string;
}

export interface Splat {
  readonly type: 'splat';
  readonly value: Node;
}

export interface ArrayLiteral extends At {
  readonly type: 'array';
  readonly items: readonly (Node | Splat)[];
}

export interface HashEntry {
  readonly type: 'entry';
  readonly key: Node;
  readonly value: Node;
}

export interface HashLiteral extends At {
  readonly type: 'hash';
  readonly entries: readonly (HashEntry | Splat)[];
}

export interface Unary extends At {
  readonly type: 'unary';
  readonly op: '!' | '-';
  readonly operand: Node;
}

export type BinaryOp = '+' | '-' | '*' | '/' | '%' | '**' | '==' | '!=' | '<' | '>' | '<=' | '>=' | '<=>';

export interface Binary extends At {
  readonly type: 'binary';
  readonly op: BinaryOp;
  readonly left: Node;
  readonly right: Node;
}

/** `&&`, `and`, `||`, `or`. */
export interface Logic extends At {
  readonly type: 'logic';
  readonly op: 'and' | 'or';
  readonly left: Node;
  readonly right: Node;
  readonly contents: Contents;
}

export type Target = Variable | Field | Index | Call;

export interface Assign extends At {
  readonly type: 'assign';
  readonly target: Target;
  /** Null for plain `=`; `or` for `||=`. */
  readonly op: '+' | '-' | '*' | '/' | 'or' | null;
  readonly value: Node;
  readonly contents: Contents;
}

export interface Arguments {
  readonly positional: readonly (Node | Splat)[];
  /** Keywords; a splat is `**hash`. */
  readonly named: readonly ({ readonly name: string; readonly value: Node } | Splat)[];
}

/** `receiver.name(…)`; as a target of an assignment it stands for `name=`. */
export interface Call extends At {
  readonly type: 'call';
  readonly receiver: Node;
  readonly name: string;
  readonly args: Arguments;
  readonly block: FunctionLiteral | null;
  /** `&.` */
  readonly safe: boolean;
  readonly contents: Contents;
}

/** `&name(…)` */
export interface FunctionCall extends At {
  readonly type: 'function-call';
  readonly name: string;
  readonly args: Arguments;
  readonly block: FunctionLiteral | null;
}

/** `puts x`, or a call of a method of self. */
export interface Command extends At {
  readonly type: 'command';
  readonly name: string;
  readonly args: Arguments;
  readonly block: FunctionLiteral | null;
}

export interface Index extends At {
  readonly type: 'index';
  readonly receiver: Node;
  readonly key: Node;
}

/** `left | right`; `safe` is `|&`. */
export interface Pipe extends At {
  readonly type: 'pipe';
  readonly left: Node;
  readonly right: Node;
  readonly safe: boolean;
}

/** The whole of a chain that has a `&.` in it: the place that a null ends at. */
export interface SafeChain extends At {
  readonly type: 'safe-chain';
  readonly chain: Node;
}

export interface If extends At {
  readonly type: 'if';
  readonly branches: readonly { readonly condition: Node; readonly body: readonly Node[] }[];
  readonly otherwise: readonly Node[] | null;
  /** `x if c`: opens no scope. */
  readonly modifier: boolean;
  readonly contents: Contents;
}

export interface Sections {
  readonly before: readonly Node[] | null;
  readonly between: readonly Node[] | null;
  readonly after: readonly Node[] | null;
  readonly noloop: readonly Node[] | null;
}

/** `while`, and `forever` (no condition). */
export interface While extends At {
  readonly type: 'while';
  readonly condition: Node | null;
  readonly body: readonly Node[];
  /** `as $loop` */
  readonly loopName: string | null;
  readonly sections: Sections | null;
  readonly contents: Contents;
}

export interface Begin extends At {
  readonly type: 'begin';
  readonly body: readonly Node[];
  readonly ensure: readonly Node[] | null;
  readonly contents: Contents;
}

/** A bare `do … end`. */
export interface Block extends At {
  readonly type: 'block';
  readonly body: readonly Node[];
  readonly contents: Contents;
}

export interface Catch extends At {
  readonly type: 'catch';
  readonly types: readonly Node[];
  readonly body: readonly Node[];
  readonly contents: Contents;
}

export interface Parameter {
  readonly kind: 'positional' | 'keyword' | 'rest' | 'options' | 'block';
  readonly name: string;
  readonly optional: boolean;
  readonly initial: Node | null;
  readonly classes: readonly string[] | null;
  /** `@name`: also stored in the field. */
  readonly field: boolean;
  /** May be read without `$`: a brace closure's parameter. */
  readonly bare: boolean;
}

/** `do` and `brace` are blocks: a `return` in them leaves the function around them. */
export interface FunctionLiteral extends At {
  readonly type: 'function';
  readonly kind: 'function' | 'closure' | 'method' | 'do' | 'brace';
  /** `function &name`; null for one without. */
  readonly name: string | null;
  readonly params: readonly Parameter[];
  readonly body: readonly Node[];
  readonly loopName: string | null;
  readonly sections: Sections | null;
  readonly contents: Contents;
}

export type ClassMember =
  | { readonly type: 'inherits'; readonly line: number; readonly parent: Node }
  | {
      readonly type: 'field';
      readonly line: number;
      readonly name: string;
      readonly get: boolean;
      readonly set: boolean;
      readonly initial: Node | null;
    }
  | FunctionLiteral;

export interface ClassLiteral extends At {
  readonly type: 'class';
  readonly url: string | null;
  readonly members: readonly ClassMember[];
}

export interface Return extends At {
  readonly type: 'return';
  readonly value: Node | null;
}

export interface Jump extends At {
  readonly type: 'jump';
  readonly kind: 'break' | 'next';
  readonly value: Node | null;
  /** Loops that a `break N` leaves; 1 for all others. */
  readonly levels: number;
}

export interface Raise extends At {
  readonly type: 'raise';
  readonly args: Arguments;
}

export interface Super extends At {
  readonly type: 'super';
  /** Null: the arguments of the method that it stands in. */
  readonly args: Arguments | null;
  readonly block: FunctionLiteral | null;
}

export interface Yield extends At {
  readonly type: 'yield';
  readonly args: Arguments;
}

/** `%engine.config` and `%vibecode` with their text: nothing at run time. */
export interface Declaration extends At {
  readonly type: 'declaration';
  readonly kind: 'config' | 'vibecode';
  readonly text: Node;
}
