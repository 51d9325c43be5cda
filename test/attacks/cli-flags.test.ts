/** Attack: words that are taken for flags, flags that are taken for words, and values that grant more than they say. */
import { expect, it } from 'vitest';
import { readCommandLine } from '../../src/cli/arguments.ts';
import { runLauncher } from '../helpers/launcher.ts';

function grantsOf(...argv: string[]): unknown {
  const line = readCommandLine(argv);
  return 'launch' in line ? line.launch.grants : line;
}

it.each([
  [['s.casp', '--allow-net']],
  [['s.casp', '-A']],
  [['--', 's.casp', '--allow-all']],
  [['--', '--allow-all']],
  [['--', '-A']],
  [['-', '--allow-net=evil.test']],
  [['-e', '--allow-net']],
  [['--eval', '--allow-all']],
  [['--eval=--allow-all']],
  [['-e', 'x', '--', '--allow-all']],
  [['--lib', '--allow-net', 's.casp']],
  [['--lib=--allow-net', 's.casp']],
  [['--timeout=1', 's.casp', '-A']],
  [['-e', '=--allow-net']],
])('grants nothing: %j', (argv) => {
  let grants: unknown = {};
  try {
    grants = grantsOf(...argv);
  } catch {
    // Refused is as good.
  }
  expect(grants).toEqual({});
});

it.each([
  [['-Ax', 's.casp']],
  [['-eA', 's.casp']],
  [['--allow-net.x=y', 's.casp']],
  [['--allowNet', 's.casp']],
  [['--ALLOW-NET', 's.casp']],
  [['--allow_net', 's.casp']],
  [['--no-deny-net', '-A', 's.casp']],
  [['--allow-all=false', 's.casp']],
  [['--allow-all=true', 's.casp']],
  [['--__proto__=x', 's.casp']],
  [['--constructor', 's.casp']],
  [['--toString=1', 's.casp']],
  [['--=x', 's.casp']],
  [['---allow-net', 's.casp']],
  [['-=A', 's.casp']],
  [['\u2014allow-net']],
  [['--allow-net\u00a0', 's.casp']],
  [['--timeout=1', '--timeout=2', 's.casp']],
  [['--timeout=Infinity', 's.casp']],
  [['--timeout=1e999', 's.casp']],
  [['--timeout=0x10', 's.casp']],
  [['--timeout=-0', 's.casp']],
  [['--timeout= 1', 's.casp']],
  [['--max-cpu=NaN', 's.casp']],
  [['--max-memory=1', 's.casp']],
  [['--net-report=', 's.casp']],
  [['--check=no', 's.casp']],
  [['--check', '--extract-config', 's.casp']],
])('is refused, or no flag at all: %j', (argv) => {
  let line: unknown;
  try {
    line = readCommandLine(argv);
  } catch (thrown) {
    expect(String(thrown)).not.toContain('TypeError');
    return;
  }
  // A dash that is none begins a script's name.
  expect(line).toMatchObject({ launch: { script: { kind: 'file', path: argv[0] }, grants: {} } });
  expect(argv[0]?.startsWith('-')).toBe(false);
});

it('takes every value as it is written', () => {
  for (const value of [
    "'a' + 'b'",
    '"quoted"',
    "'",
    '"',
    '',
    ' ',
    ':',
    '=',
    '--',
    '-',
    '-e',
    '\u0001',
    'a=b',
    'a\nb',
    '0',
    'true',
    '[]',
  ]) {
    for (const argv of [['-e', value], ['--eval', value], [`--eval=${value}`]]) {
      const line = readCommandLine(argv);
      expect('launch' in line && line.launch.script).toEqual({ kind: 'code', code: value });
    }
  }
});

it('never lets a grant take away from a denial, nor drops a rule beside a bare flag', () => {
  expect(grantsOf('--deny-net=a.test', '-A', 's.casp')).toMatchObject({ denyNet: ['a.test'], allowNet: true });
  expect(grantsOf('-A', '--deny-net', 's.casp')).toMatchObject({ denyNet: true });
  expect(grantsOf('--deny-net', '--deny-net=a.test', 's.casp')).toMatchObject({ denyNet: ['*', 'a.test'] });
});

it('runs nothing where one rule of any flag is bad', async () => {
  for (const flag of [
    '--allow-net=x:0',
    '--deny-net=http://x',
    '--allow-listen=a',
    '--allow-net=,',
    '--deny-net=private,',
    '--allow-net=a,*b',
  ]) {
    const { code, stdout, stderr } = await runLauncher(['-A', flag, '-e', 'puts "ran"']);
    expect([flag, code, stdout]).toEqual([flag, 2, '']);
    expect(stderr.trimEnd().split('\n').length).toBe(1);
  }
});
