/** An error of the host's in a guest's hands: its name and message, and nothing of the host's files. */
import { afterAll, expect, it } from 'vitest';
import { openSandbox } from '../helpers/isolates.ts';

const sandbox = openSandbox();
afterAll(() => sandbox.shutdown());

const STACKS = `const stacks = [];
const keep = (e) => stacks.push(String(e.stack), JSON.stringify(e), String(e.cause?.stack));
await NETWORK.request('fails').catch(keep);
await NETWORK.request('none').catch(keep);
await NETWORK.request('bad').catch(keep);
await fetch('http://127.0.0.1/').catch(keep);
keep(await NETWORK.request('value'));
await NETWORK.request('deep').then((d) => keep(d.list[0]));
`;

it('tells nothing of where the host is', async () => {
  const guest = await sandbox.createIsolate();
  guest
    .onSystem('error', () => {})
    .onRequest('fails', () => {
      throw new TypeError('no', { cause: new Error('inner') });
    })
    .onRequest('bad', () => () => {})
    .onRequest('value', () => new RangeError('value'))
    .onRequest('deep', () => ({ list: [new Error('deep')] }));
  const stacks = String(await guest.evaluate(`${STACKS} stacks.join('\\n')`));
  expect(stacks).toContain('TypeError: no');
  expect(stacks).toContain('RangeError: value');
  expect(stacks).not.toMatch(/\.ts|\.js|file:|node:|node_modules|\/work|\/home/);
});
