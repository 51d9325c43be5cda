import { describe, expect, it } from 'vitest';
import { HostNotAllowedError, ScriptSyntaxError } from '../errors/classes.ts';
import { uncaughtText } from './uncaught.ts';

function thrown<E extends Error>(error: E, ...frames: readonly string[]): E {
  error.stack = [`${error.name}: ${error.message}`, ...frames.map((frame) => `    at ${frame}`)].join('\n');
  return error;
}

const WITH_NET = { hasNet: true };

describe('the text of an uncaught error', () => {
  it('has the frames of the script alone', () => {
    const error = thrown(new TypeError('fetch failed'), 'fetch (caspian:src/isolate/guest/fetch.ts:49:10)', 's.js:1:7');
    expect(uncaughtText(error, WITH_NET)).toBe('TypeError: fetch failed\n    at s.js:1:7');
  });

  it('has the hint of the error, or of what caused it', () => {
    const denied = () =>
      thrown(new HostNotAllowedError('no grant covers this host', { hint: 'run again' }), 's.js:1:7');
    expect(uncaughtText(denied(), WITH_NET)).toBe(
      'HostNotAllowedError: no grant covers this host\n  hint: run again\n    at s.js:1:7',
    );
    const error = thrown(new TypeError('fetch failed', { cause: denied() }));
    expect(uncaughtText(error, WITH_NET)).toBe('TypeError: fetch failed\n  hint: run again');
  });

  it('is not caught in a ring of causes', () => {
    const error = thrown(new Error('round'));
    error.cause = error;
    expect(uncaughtText(error, WITH_NET)).toBe('Error: round');
  });

  it('is the message alone where the source can not be read', () => {
    expect(uncaughtText(new ScriptSyntaxError('s.js:1:9: what'), WITH_NET)).toBe('s.js:1:9: what');
  });

  it.each([
    ["Cannot read properties of null (reading 'fetch')", true],
    ["Cannot read properties of null (reading 'tcp')", true],
    ['fetch failed: this isolate has no network', true],
    ["Cannot read properties of null (reading 'name')", false],
  ])('of a script without a network: %s', (message, hinted) => {
    const hint = '--allow-net=HOST';
    expect(uncaughtText(thrown(new TypeError(message)), { hasNet: false }).includes(hint)).toBe(hinted);
    expect(uncaughtText(thrown(new TypeError(message)), WITH_NET)).not.toContain(hint);
  });

  it('is text also for what is no error', () => {
    expect(uncaughtText(42, WITH_NET)).toBe('thrown: 42');
    expect(uncaughtText(null, WITH_NET)).toBe('thrown: null');
    expect(uncaughtText({ __proto__: null, a: 1 }, WITH_NET)).toBe('thrown: [Object: null prototype] { a: 1 }');
  });
});
