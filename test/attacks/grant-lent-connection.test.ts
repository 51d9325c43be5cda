/**
 * Attack: a connection that a lax capability has opened to a private address is borrowed by one that may not go there.
 * Defence: the dialled address is vetted again against the deny rules of whoever borrows.
 */
import { expect, test } from 'vitest';
import { Capability } from '../../src/net/capability.ts';
import { Grants } from '../../src/net/grants/grants.ts';

test('one that denies private addresses does not get it', () => {
  const lax = Capability.root(Grants.parse({ allowNet: true }));
  const target = lax.permitConnect({ operation: 'connect', host: 'intranet.example', port: 80 });
  const [address] = lax.vet(target, ['10.0.0.1']);
  if (address === undefined) throw new Error('nothing was vetted');
  for (const denyNet of [['private'], ['10.0.0.1'], ['10.0.0.0/8:80'], ['special']]) {
    expect(Capability.root(Grants.parse({ allowNet: true, denyNet })).mayReuse(target, address)).toBe(false);
    expect(lax.narrow(['*'], { deny: denyNet }).mayReuse(target, address)).toBe(false);
  }
  expect(lax.narrow(['*'], { deny: ['10.0.0.0/8:81', 'loopback'] }).mayReuse(target, address)).toBe(true);
});

test('one that has ended does not get it', () => {
  const root = Capability.root(Grants.parse({ allowNet: true }));
  const child = root.narrow(['*']);
  const target = child.permitConnect({ operation: 'connect', host: 'a.example', port: 80 });
  const [address] = child.vet(target, ['8.8.8.8']);
  if (address === undefined) throw new Error('nothing was vetted');
  root.revoke(child);
  expect(child.mayReuse(target, address)).toBe(false);
});
