/** Attack: a library resolver of the host's that throws, never answers, or answers with what is no text; hostile URLs to it. */
import { expect, it } from 'vitest';
import { linesOf, runScript } from '../helpers/script.ts';

const ODD: readonly (readonly [string, () => unknown])[] = [
  ['throws', () => expect.unreachable('at /home/host/secret.ts')],
  [
    'throws no error',
    () => {
      throw null;
    },
  ],
  ['rejects', () => Promise.reject(new Error('/home/host/secret'))],
  ['gives a number', () => 42],
  ['gives bytes', () => Buffer.from('1')],
  ['gives an object', () => ({ toString: () => '1' })],
  ['gives a function', () => () => '1'],
  ['gives a promise of an object', async () => ({})],
  [
    'gives what throws when it is looked at',
    () => new Proxy({}, { get: () => expect.unreachable('/home/host/secret') }),
  ],
];

it.each(ODD)('makes an error of the script of one that %s', async (_name, answer) => {
  const libraries = answer as () => string;
  const { outcome } = await runScript(`%puck['a.com/x']`, { libraries });
  expect(outcome).toMatchObject({ ok: false, alarm: null });
  expect(JSON.stringify(outcome)).not.toContain('secret');
});

it('takes null and undefined for not found', async () => {
  for (const answer of [null, undefined]) {
    const { outcome } = await runScript(`%puck['a.com/x']`, { libraries: (() => answer) as () => string | null });
    expect(outcome).toMatchObject({ ok: false, error: { type: 'puck.uno/error/not_found' } });
  }
});

it('asks it for canonical URLs alone', async () => {
  const asked: string[] = [];
  const libraries = (url: string): null => {
    asked.push(url);
    return null;
  };
  const urls = [
    'a.com/x',
    'https://A.com/X',
    '../x',
    'file:///etc/passwd',
    'a.com/../x',
    'a.com/x?y',
    'a.com/x\n',
    '/x',
    'puck.uno/x',
    'a.com:99999/x',
    `a.com/${'y'.repeat(600)}`,
    'a.com//x',
    'a.com/%2e',
    '__proto__/x',
    'a.com/__proto__',
  ];
  await linesOf(`%argv.each do($u)\ncatch('puck.uno/error')\n%puck[$u]\nend\nend\nputs 'done'`, {
    libraries,
    args: urls,
  });
  expect(asked).toEqual(['a.com/x', 'a.com/X', 'a.com:99999/x', 'a.com/__proto__']);
});
