/**
 * Attack: a holder ends what it shares with others: itself, its parent, a sibling, or a capability of another tree.
 * Defence: only an ancestor revokes; anything else is an argument error and ends nothing.
 */
import { expect, test } from 'vitest';
import { ArgumentError, RevokedError } from '../../src/errors/classes.ts';
import { Capability } from '../../src/net/capability.ts';
import { Grants } from '../../src/net/grants/grants.ts';

const open = () => Capability.root(Grants.parse({ allowNet: true }));

function lasts(capability: Capability): boolean {
  return capability.allowed('a.example', 80) && !capability.signal.aborted;
}

test('itself, the parent, a sibling, a stranger, a look-alike', () => {
  const root = open();
  const [holder, sibling] = [root.narrow(['*']), root.narrow(['*'])];
  const nephew = sibling.narrow(['*']);
  const lookAlike = new Proxy(holder.narrow(['*']), {});
  for (const other of [holder, root, sibling, nephew, open(), open().narrow(['*']), lookAlike]) {
    expect(() => holder.revoke(other)).toThrow(ArgumentError);
  }
  for (const capability of [root, holder, sibling, nephew]) expect(lasts(capability)).toBe(true);
});

test('equal rules make no kinship', () => {
  const grants = Grants.parse({ allowNet: true });
  const [one, other] = [Capability.root(grants), Capability.root(grants)];
  const child = other.narrow(['*']);
  expect(() => one.revoke(child)).toThrow(ArgumentError);
  expect(lasts(child)).toBe(true);
});

test('a child that was made before the end is no way round it', () => {
  const root = open();
  const child = root.narrow(['*']);
  const grandchild = child.narrow(['*']);
  root.revoke(child);
  expect(() => grandchild.permitConnect({ operation: 'connect', host: 'a.example', port: 80 })).toThrow(RevokedError);
  expect(() => child.narrow(['*'])).toThrow(RevokedError);
  expect(lasts(root)).toBe(true);
});
