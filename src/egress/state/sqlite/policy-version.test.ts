import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Database } from './database.ts';
import { changesOf, PolicyVersion } from './policy-version.ts';
import { STATE } from './schema.ts';

describe('the version of a policy', () => {
  let now: number;
  let db: Database;
  let version: PolicyVersion;

  beforeEach(() => {
    now = 0;
    db = new Database(':memory:', STATE);
    version = new PolicyVersion(db, changesOf(null), () => now);
  });
  afterEach(() => db.close());

  /** As another process would. */
  function changeElsewhere(): void {
    new PolicyVersion(db, changesOf(null)).change(() => {});
  }

  test('is trusted for a millisecond', () => {
    const before = version.current;
    changeElsewhere();
    now = 0.9;
    expect(version.current).toBe(before);
    now = 1;
    expect(version.current).toBe(before + 1);
  });

  test('is another at once where this thread has changed it, through whichever state of the file', () => {
    const [one, other] = [1, 2].map(() => new PolicyVersion(db, changesOf('/a/file'), () => now));
    const before = one?.current ?? 0;
    other?.change(() => {});
    expect(one?.current).toBe(before + 1);
  });

  test('is not another where the change failed', () => {
    const before = version.current;
    const fail = (): never => {
      throw new Error('no');
    };
    expect(() => version.change(fail)).toThrow('no');
    expect(version.read()).toBe(before);
  });

  test('is what was read last for other reasons', () => {
    const before = version.current;
    changeElsewhere();
    expect(version.read()).toBe(before + 1);
    expect(version.current).toBe(before + 1);
  });
});
