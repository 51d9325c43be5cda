import { expect, test } from 'vitest';
import { endsWith, printed, runScript } from '../../test/helpers/golden-run.ts';
import { ConnectionResetError, TimeoutError } from '../errors/classes.ts';
import { type ClassValue, defineClass, exceptionOf, makeObject, stateIn, textOf, type Value } from './native.ts';

interface Thing {
  name: string;
}

const thingClass: ClassValue = defineClass<Thing>({
  url: 'puck.uno/thing',
  construct: { params: ['name', 'suffix?'], named: ['upper'], run: (args, call) => made(args, call.named) },
  methods: {
    name: (state) => state.name,
    'long?': (state) => state.name.length > 3,
    'name=': {
      params: ['name'],
      run: (state, args) => {
        state.name = textOf(args[0], 'name');
        return null;
      },
    },
    itself: (_state, _call, self) => self,
    each: {
      block: 'required',
      run: (state, _args, call) => {
        for (const char of state.name) call.yield(char);
        return null;
      },
    },
    call_it: { params: ['fn', '*more'], run: (_state, args, call) => call.invoke(args[0] ?? null, args.slice(1)) },
    options: { named: 'any', run: (_state, _args, call) => [...call.named.keys()].join(',') },
    fail: () => {
      throw new TimeoutError('too slow', { host: 'h', port: 1, phase: 'read', hint: 'wait longer' });
    },
    failed: (_state, call) => exceptionOf(new ConnectionResetError('reset', { received: 3 }), call.by),
    '[]': { params: ['at'], run: (state, args) => state.name[args[0] as number] ?? null },
  },
});

function made(args: readonly Value[], named: ReadonlyMap<string, Value>): Thing {
  const name = textOf(args[0], 'name') + (args[1] === undefined ? '' : textOf(args[1], 'suffix'));
  return { name: named.get('upper') === true ? name.toUpperCase() : name };
}

const host = { builtinClass: (url: string) => (url === 'puck.uno/thing' ? thingClass : null) };
const prelude = "$c = %['puck.uno/thing']\n$t = $c.new('abc')\n";
const print = (source: string) => printed(prelude + source, { host });

test('getters, predicates, setters, elements', () => {
  expect(
    print("puts $t.name, $t.long?\n$t.name = 'abcd'\nputs $t.name, $t.long?, $t[1]\n$t.name += '!'\nputs $t.name"),
  ).toBe('abc\nfalse\nabcd\ntrue\nb\nabcd!\n');
});

test('positional arguments may be given by name, keywords only so', () => {
  expect(print("puts $c.new(name: 'x', suffix: 'y').name, $c.new('x', upper: true).name")).toBe('xy\nX\n');
});

test.each([
  ['$c.new', "puck.uno/thing.new: the argument 'name' is missing"],
  ["$c.new('a', 'b', 'c')", 'puck.uno/thing.new takes at most 2 arguments, 3 were given'],
  ["$c.new('a', size: 1)", "puck.uno/thing.new: unknown argument 'size'"],
  ["$c.new('a', name: 'b')", "puck.uno/thing.new: the argument 'name' is given twice"],
  ['$t.name(1)', 'name takes no arguments, 1 were given'],
  ['$t.each', 'each needs a block'],
  ['$t.name { 1 }', 'name takes no block'],
])('%s raises', (source, message) => {
  expect(print(`puts catch('puck.uno/error/argument') ${source} end.message`)).toBe(`${message}\n`);
});

test('blocks and functions are called back', () => {
  expect(print('$t.each do($x)\nbreak if $x == "c"\nputs $x\nend\nputs $t.call_it({ |a, b| a + b }, 1, 2)')).toBe(
    'a\nb\n3\n',
  );
  expect(print('puts $t.options(a: 1, **{b: 2})')).toBe('a,b\n');
});

test('an object tells nothing of its inside', () => {
  expect(print('puts $t, $t.inspect, $t.object.class, $t.itself == $t')).toBe(
    '#<puck.uno/thing>\n#<puck.uno/thing>\npuck.uno/thing\ntrue\n',
  );
});

test('a native error is caught by its class and every class above', () => {
  for (const type of ['puck.uno/error', 'puck.uno/error/network', 'puck.uno/error/network/timeout']) {
    const source = `$e = catch('${type}') $t.fail end\nputs $e.class, $e.message, $e.host, $e.phase, $e.retryable?, $e.hint, $e.line, $e.role`;
    expect(print(source)).toBe('puck.uno/error/network/timeout\ntoo slow\nh\nread\ntrue\nwait longer\n3\nuser\n');
  }
  expect(endsWith(`${prelude}catch('puck.uno/error/network/tls') $t.fail end`, { host })).toBe(
    'puck.uno/error/network/timeout',
  );
});

test('an error may be handed over instead of being thrown, and raised later', () => {
  expect(print('$e = $t.failed\nputs $e.class, $e.received\nputs (catch raise $e end) == $e')).toBe(
    'puck.uno/error/network/connection_reset\n3\ntrue\n',
  );
});

test('a class of the script inherits it', () => {
  const source = `
    $sub = class inherits 'puck.uno/thing'
      field :extra, :get
      method shout() self.name.upper end
    end
    $other = class inherits $sub
      method init($n)
        super(name: $n + '2')
      end
    end
    $s = $sub.new('q', extra: 5)
    puts $s.shout, $s.extra, $other.new('z').shout, $s.object.isa?('puck.uno/thing')`;
  expect(print(source)).toBe('Q\n5\nZ2\ntrue\n');
});

test('a subclass whose init calls no super is not ready', () => {
  const source =
    "$sub = class inherits 'puck.uno/thing'\nmethod init() 1 end\nend\nputs catch $sub.new.name end.message";
  expect(print(source)).toBe('name: this object is not ready: its init has not called super\n');
});

test('stateIn finds the state of the class and its subclasses alone', () => {
  const object = makeObject(thingClass, { name: 'x' });
  expect(stateIn<Thing>(object, thingClass)).toEqual({ name: 'x' });
  expect(stateIn<Thing>('x', thingClass)).toBeNull();
  expect(stateIn<Thing>(makeObject(defineClass({ url: 'puck.uno/other', methods: {} }), 1), thingClass)).toBeNull();
});

test('what was printed is flushed before a method that blocks', () => {
  const writes: string[] = [];
  const waiter = defineClass<null>({
    url: 'puck.uno/net',
    methods: { wait: { blocking: true, run: () => writes.push('wait') } },
  });
  const write = (_stream: string, bytes: Uint8Array): void => void writes.push(new TextDecoder().decode(bytes));
  runScript("puts 'a'\n%net.wait\nputs 'b'", { host: { write, net: () => makeObject(waiter, null) } });
  expect(writes).toEqual(['a\n', 'wait', 'b\n']);
});

test('a blocking method learns how long it may take, and a time-out strikes behind it', () => {
  const seen: (number | null)[] = [];
  const sleeper = defineClass<null>({
    url: 'puck.uno/net',
    methods: {
      wait: (_state, call) => {
        seen.push(call.timeLeft());
        call.vm.host.sleep(5000);
        call.checkTime();
        return null;
      },
    },
  });
  const source =
    "%net.wait\n$e = catch('puck.uno/error/timeout') %utils.timeout(2) { %net.wait } end\nputs $e.class\n%net.wait";
  const { stdout } = runScript(source, { host: { net: () => makeObject(sleeper, null) } });
  expect(stdout).toBe('puck.uno/error/timeout\n');
  expect(seen.map((ms) => (ms === null ? null : Math.ceil(ms)))).toEqual([null, 2000, null]);
});
