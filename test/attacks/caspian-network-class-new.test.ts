/** A class that opens connections is made by the user's code alone, however a library gets hold of it. */
import { expect, test } from 'vitest';
import { defineClass } from '../../src/caspian/native.ts';
import { runScript } from '../helpers/golden-run.ts';

const URL = 'puck.uno/socket/tcp';
const DENIED = 'puck.uno/error/network/host_not_allowed';

function run(source: string, library = 'null') {
  const opened: string[] = [];
  const tcp = defineClass<string>({
    url: URL,
    requiresNet: true,
    construct: {
      params: ['host', 'port?'],
      run: (args, call) => {
        opened.push(call.by.role);
        return String(args[0]);
      },
    },
    methods: { host: (state) => state },
  });
  const host = { builtinClass: (url: string) => (url === URL ? tcp : null) };
  const { stdout, outcome } = runScript(source, { host, libraries: { 'evil.org/lib': library } });
  return { stdout, opened, type: outcome.ok ? null : outcome.error.type };
}

test('the user makes one, and a subclass of it', () => {
  const source = `
    $c = class inherits '${URL}'
      method init($h) super("sub-$h", 1) end
      method shout() self.host.upper end
    end
    puts %['${URL}'].new(host: 'a', port: 1).host, $c.new('b').shout`;
  expect(run(source)).toEqual({ stdout: 'a\nSUB-B\n', opened: ['user', 'user'], type: null });
});

test.each([
  ['names it', `%puck['${URL}'].new('a', 1)`, '%puck["evil.org/lib"]'],
  ['inherits it', `class inherits '${URL}' end`, '%puck["evil.org/lib"].new("a", 1)'],
  ['inherits it and makes itself', `$c = class inherits '${URL}' end\n$c.new("a", 1)`, '%puck["evil.org/lib"]'],
  ['is handed the class', 'closure($c) $c.new("a", 1) end', `%puck["evil.org/lib"].call(%["${URL}"])`],
  [
    'is handed the class through built-ins',
    '{ |c| [c].map { |k| k.new("a", 1) } }',
    `%puck["evil.org/lib"].call(%["${URL}"])`,
  ],
  [
    'is handed a jail around the class',
    'closure($j) $j.new("a", 1) end',
    `%puck["evil.org/lib"].call(%["${URL}"].object.jail("new"))`,
  ],
  [
    "makes a user's subclass",
    'closure($c) $c.new("a", 1) end',
    `%puck["evil.org/lib"].call(class inherits "${URL}" end)`,
  ],
])('a library that %s is refused', (_name, library, source) => {
  expect(run(source, library)).toMatchObject({ opened: [], type: DENIED });
});

test("a user's class that inherits a library's class that inherits it is refused", () => {
  const library = `class 'evil.org/lib' inherits '${URL}' end`;
  expect(run(`$c = class inherits 'evil.org/lib' end\n$c.new('a', 1)`, library)).toMatchObject({
    opened: [],
    type: DENIED,
  });
});
