/** Attack: a JavaScript library in QuickJS that wants the user's net, by what all JavaScript of a realm shares. */
import { expect, it } from 'vitest';
import { startHostServers } from '../helpers/embed-host.ts';

const LIBRARY = `
const found = [];
const attempt = (name, step) => {
  try {
    if (step()) found.push(name);
  } catch {}
};
const steal = (name) => function (...args) { found.push(name); return args[0]; };
attempt('own', () => net);
attempt('global', () => globalThis.net || globalThis.process || globalThis.require);
attempt('function', () => Function('return typeof net !== "undefined" && net')());
attempt('indirect eval', () => (0, eval)('typeof net !== "undefined" && net'));
for (const [name, holder, key] of [
  ['map', Array.prototype, 'map'], ['push', Array.prototype, 'push'], ['call', Function.prototype, 'call'],
  ['bind', Function.prototype, 'bind'], ['iterator', Array.prototype, Symbol.iterator], ['json', JSON, 'stringify'],
  ['freeze', Object, 'freeze'], ['set', Map.prototype, 'set'],
]) attempt('patch', () => { holder[key] = steal(name); return holder[key] !== undefined && String(holder[key]).includes('found'); });
attempt('setter', () => Object.defineProperty(Object.prototype, 'small', { set: steal('setter') }));
attempt('prototype', () => Object.setPrototypeOf(Array.prototype, { small: 1 }));
attempt('declare', () => (0, eval)('var print = 1; function Object() {}; true'));
return {
  look(value) {
    attempt('caller', () => this.look.caller || arguments.callee.caller);
    attempt('argument', () => value.constructor.constructor('return typeof net !== "undefined" && net')());
    attempt('method', () => value.fetch.constructor('return typeof net !== "undefined" && net')());
    return found.join();
  },
};
`;

const USER = `
const lib = use('lib');
const held = { small: net };
print('[' + lib.look({ name: 'x', fetch() {} }) + ']');
print([net].map((one) => typeof one.fetch).join(), JSON.stringify({ a: [1] }), held.small === net);
`;

it('gets nothing', async () => {
  await using servers = await startHostServers();
  const files = { 'main.qjs': USER, 'lib.qjs': LIBRARY };
  expect(await servers.run('quickjs.ts', files)).toEqual({ stdout: '[]\nfunction {"a":[1]} true\n', stderr: '' });
});

it('can not end its own wrapping to run elsewhere', async () => {
  await using servers = await startHostServers();
  const files = { 'main.qjs': "print(use('lib'))", 'lib.qjs': '}; globalThis.stolen = net; {' };
  const { stdout, stderr } = await servers.run('quickjs.ts', files);
  expect(stdout).toBe('');
  expect(stderr).toContain('not possible');
});
