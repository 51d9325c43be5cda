/** The option tables: what is taken, what is refused and how a refusal reads. */
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../errors/classes.ts';
import {
  checkOptions,
  flag,
  integer,
  nearestName,
  type OptionsOf,
  oneOf,
  pem,
  seconds,
  settleOptions,
  signal,
  text,
  textList,
} from './options.ts';

const TABLE = {
  timeout: seconds({ default: 30, doc: 'the whole call' }),
  connectTimeout: seconds({ default: null, doc: 'that phase' }),
  max: integer({ default: 10, min: 1, max: 20, unit: 'bytes', doc: 'how much' }),
  verify: flag({ default: true, doc: 'check the certificate' }),
  name: text({ default: null, doc: 'a name' }),
  kind: oneOf(['send', 'recv'], { default: 'send', doc: 'which' }),
  list: textList({ default: [], doc: 'names' }),
  ca: pem({ default: null, doc: 'roots' }),
  signal: signal(),
};

function refusal(raw: unknown): string {
  try {
    settleOptions(TABLE, raw, 'call');
  } catch (error) {
    if (error instanceof ArgumentError) return `${error.message}${error.hint === null ? '' : ` (${error.hint})`}`;
    throw error;
  }
  return 'taken';
}

describe('option tables', () => {
  it('fills in the defaults', () => {
    expect(settleOptions(TABLE, undefined, 'call')).toEqual({
      timeout: 30,
      connectTimeout: null,
      max: 10,
      verify: true,
      name: null,
      kind: 'send',
      list: [],
      ca: null,
      signal: undefined,
    });
  });

  it('returns only what was given where no defaults are asked for', () => {
    const given: OptionsOf<typeof TABLE> = { max: 3, verify: undefined };
    expect(checkOptions(TABLE, given, 'call')).toEqual({ max: 3 });
    expect(checkOptions(TABLE, null, 'call')).toEqual({});
  });

  it.each([
    [{ timeout: null }],
    [{ timeout: 0.001 }],
    [{ timeout: 2_147_483 }],
    [{ max: 1 }],
    [{ max: 20 }],
    [{ kind: 'recv' }],
    [{ signal: AbortSignal.abort() }],
    [{ list: ['a'] }],
    [Object.create(null)],
  ])('takes %j', (raw) => {
    expect(refusal(raw)).toBe('taken');
  });

  it.each([
    [{ timeout: 0 }, 'call: timeout must be more than 0'],
    [{ timeout: -1 }, 'call: timeout must be'],
    [{ timeout: 2_147_484 }, 'call: timeout must be'],
    [{ timeout: Number.NaN }, 'call: timeout must be'],
    [{ timeout: '5' }, 'call: timeout must be'],
    [{ max: 0 }, 'call: max must be an integer from 1 to 20'],
    [{ max: 21 }, 'call: max must be'],
    [{ max: 1.5 }, 'call: max must be'],
    [{ verify: 1 }, 'call: verify must be true or false'],
    [{ verify: null }, 'call: verify must be'],
    [{ name: 'a\nb' }, 'call: name has a control character'],
    [{ name: '' }, 'call: name must be'],
    [{ kind: 'both' }, 'call: kind must be one of: send, recv'],
    [{ list: 'a' }, 'call: list must be'],
    [{ list: [1] }, 'call: list must be'],
    [{ ca: '/etc/passwd' }, 'call: ca must be PEM text'],
    [{ signal: {} }, 'call: signal must be'],
    ['text', 'call: the options must be an object'],
    [[], 'call: the options must be an object'],
  ])('refuses %j', (raw, message) => {
    expect(refusal(raw)).toContain(message);
  });

  it('names the nearest option for an unknown one', () => {
    expect(refusal({ connect_timeout: 1 })).toBe(
      'call: there is no option "connect_timeout" (did you mean connectTimeout?)',
    );
    expect(refusal({ timeuot: 1 })).toContain('did you mean timeout?');
    expect(refusal({ zzz: 1 })).toContain('the options are: timeout, connectTimeout');
    expect(refusal(JSON.parse('{"__proto__": 1}'))).toContain('there is no option "__proto__"');
    expect(refusal({ constructor: 1 })).toContain('there is no option "constructor"');
  });

  it('reads each key once and changes nothing of the caller', () => {
    let reads = 0;
    const raw = Object.freeze({
      get max() {
        reads += 1;
        return reads === 1 ? 5 : 1_000_000;
      },
    });
    expect(settleOptions(TABLE, raw, 'call').max).toBe(5);
    expect(reads).toBe(1);
  });

  it('keeps a copy of a list', () => {
    const mine = ['a'];
    const settled = settleOptions(TABLE, { list: mine }, 'call');
    mine.push('b');
    expect(settled.list).toEqual(['a']);
  });

  it('finds no name that is not like any', () => {
    expect(nearestName('verfy', ['verify', 'max'])).toBe('verify');
    expect(nearestName('x'.repeat(10_000), ['verify'])).toBeNull();
  });
});
