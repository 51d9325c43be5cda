/** Attack: a library that was handed a narrowed net gets back to the wider one, takes it from others, or learns of it. */
import { expect, it } from 'vitest';
import { linesOf } from '../helpers/script.ts';
import { startTcp, testNet } from '../helpers/tcp-server.ts';

const SCRIPT = `
$small = %net.narrow(['granted.test'])
$sibling = %net.narrow(['*'])
$e = catch('puck.uno/error')
  puts %puck['a.com/lib'].call($small, $sibling, %argv[0].to_int).inspect
end
unless $e == null
  puts $e.class
  puts $e.message
  puts $e.hint
end
puts $sibling.allowed?('other.test', 1)
puts %net.allowed?('other.test', 1)`;

async function attack(body: string): Promise<{ readonly lines: readonly string[]; readonly accepted: number }> {
  await using server = await startTcp();
  await using net = testNet(
    {},
    { allowNet: ['granted.test', 'other.test', 'secret-host.test'], denyNet: ['very-secret.test'] },
  );
  const libraries = { 'a.com/lib': `closure($net, $sibling, $port)\n${body}\nend` };
  const lines = await linesOf(SCRIPT, { net, args: [String(server.port)], libraries });
  return { lines, accepted: server.accepted };
}

it.each([
  ['narrowing to everything', `$net.narrow(['*']).tcp('other.test', $port)`],
  ['narrowing to more', `$net.narrow(['granted.test', 'other.test']).tcp('other.test', $port)`],
  [
    'narrowing with options',
    `$net.narrow(['*'], methods: ['*'], raw: true, max_requests: 100).tcp('other.test', $port)`,
  ],
  ['a client', `$net.http.client.new().get("http://other.test:#{$port}/")`],
  [
    'a client that allows more',
    `$c = $net.http.client.new()\n$c.allow = ['*', 'other.test']\n$c.get("http://other.test:#{$port}/")`,
  ],
  ['a jail of a client', `$net.http.client.jail('*', 'other.test').fetch("http://other.test:#{$port}/")`],
  ['a base URL', `$net.http.client.new(base_url: "http://other.test:#{$port}/").get('/')`],
  ['userinfo', `$net.fetch("http://granted.test@other.test:#{$port}/")`],
  ['a Host header', `$net.fetch("http://other.test:#{$port}/", headers: {host: 'granted.test'})`],
  ['an object with a text', `$c = class\nmethod to_string\n'granted.test'\nend\nend\n$net.tcp($c.new(), $port)`],
  ['a list for a host', `$net.tcp(['granted.test', 'other.test'], $port)`],
  ['bytes for a host', `$net.tcp('other.test'.bytes, $port)`],
])('reaches nothing more by %s', async (_name, body) => {
  const { lines, accepted } = await attack(body);
  expect(accepted).toBe(0);
  expect(lines[0]).toMatch(/^puck\.uno\/error\/(?:network\/host_not_allowed|argument|grant_syntax)$/);
  expect(lines.slice(-2)).toEqual(['true', 'true']);
});

it.each([
  ['its own', '$net.revoke($net)'],
  ['the sibling that it was handed too', '$net.revoke($sibling)'],
  ['what it is not', '$net.revoke(%role)'],
  ['a client', '$net.revoke($net.http.client.new())'],
  ['null', '$net.revoke(%net)'],
])('revokes nothing: %s', async (_name, body) => {
  const { lines } = await attack(body);
  expect(lines[0]).toBe('puck.uno/error/argument');
  expect(lines.slice(-2)).toEqual(['true', 'true']);
});

it('learns no rule above its own', async () => {
  for (const body of [
    '$net.grants',
    '$net.narrow(["*"]).grants',
    `$net.tcp('secret-host.test', $port)`,
    `$net.tcp('very-secret.test', $port)`,
    `$net.fetch("http://secret-host.test:#{$port}/")`,
  ]) {
    const { lines, accepted } = await attack(body);
    const text = lines.join('\n').replaceAll('secret-host.test:', 'asked').replaceAll('very-secret.test:', 'asked');
    expect(text).not.toMatch(/secret|other\.test|--/);
    expect(accepted).toBe(0);
  }
});

it('is what it is for the user', async () => {
  await using net = testNet({}, { allowNet: ['granted.test', 'secret-host.test'] });
  expect((await linesOf('puts %net.grants.inspect', { net })).join()).toContain('secret-host');
});
