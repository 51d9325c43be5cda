/** The command line's grants as the kernel takes them. */
import { describe, expect, it } from 'vitest';
import { type LaunchArguments, readCommandLine } from './arguments.ts';

function grantsOf(...flags: string[]): LaunchArguments['grants'] {
  const read = readCommandLine([...flags, 'script.casp']);
  return 'launch' in read ? read.launch.grants : expect.unreachable();
}

describe('grants', () => {
  it.each<[flags: string[], grants: LaunchArguments['grants']]>([
    [[], {}],
    [['--allow-dns'], { allowDns: true }],
    [['--no-dns'], { noDns: true }],
    [['--allow-net=a.test', '--allow-dns', '--no-dns'], { allowNet: ['a.test'], allowDns: true, noDns: true }],
    [['-A'], { allowNet: true, allowListen: true }],
    [['-A', '--no-dns'], { allowNet: true, allowListen: true, noDns: true }],
  ])('%j', (flags, grants) => {
    expect(grantsOf(...flags)).toEqual(grants);
  });

  it.each([['--allow-dns'], ['--no-dns']])('%s takes no value', (flag) => {
    expect(() => grantsOf(`${flag}=x`)).toThrow('takes no value');
  });
});
