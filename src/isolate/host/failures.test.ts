import { describe, expect, it } from 'vitest';
import { HostNotAllowedError } from '../../errors/classes.ts';
import { toRecord } from '../../errors/record.ts';
import { Failures } from './failures.ts';

function failures(...messages: readonly string[]): Failures {
  const made = new Failures();
  for (const message of messages) made.add(toRecord(new HostNotAllowedError(message, { hint: `hint of ${message}` })));
  return made;
}

describe('what calls failed with', () => {
  it('is put back into what came through the engine, with its own stack', () => {
    const bare = Object.assign(new Error('no grant'), { name: 'HostNotAllowedError', stack: 'where it was thrown' });
    const whole = failures('no grant').complete(bare);
    expect(whole).toBeInstanceOf(HostNotAllowedError);
    expect(whole).toMatchObject({ hint: 'hint of no grant', stack: 'where it was thrown' });
  });

  it('is the cause of what fetch rejected with', () => {
    const error = new TypeError('fetch failed: no grant');
    expect(failures('no grant').complete(error)).toBe(error);
    expect(error.cause).toMatchObject({ code: 'NET_HOST_NOT_ALLOWED', hint: 'hint of no grant' });
  });

  it('is not put into an error about something else', () => {
    const error = new Error('x is not defined');
    expect(failures('no grant').complete(error)).toBe(error);
    expect(error.cause).toBeUndefined();
  });

  it('is forgotten, the oldest first', () => {
    const made = failures(...Array.from({ length: 17 }, (_, index) => `number ${index}`));
    const complete = (index: number) => made.complete(new TypeError(`fetch failed: number ${index}`)).cause;
    expect(complete(0)).toBeUndefined();
    expect(complete(1)).toMatchObject({ hint: 'hint of number 1' });
    expect(complete(16)).toMatchObject({ hint: 'hint of number 16' });
  });
});
