/** Look-ups: what a resolver may answer, in which order addresses are tried, and how a look-up is given up. */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/helpers/tcp-clock.ts';
import { failureOf } from '../../../test/helpers/tcp-server.ts';
import { parseTarget } from '../address/target.ts';
import { Capability } from '../capability.ts';
import { systemClock } from '../clock.ts';
import { Grants, type GrantsInput } from '../grants/grants.ts';
import { type Bounds, Deadline } from './deadline.ts';
import { type Resolve, resolveTarget } from './resolve.ts';

interface Asked {
  readonly host?: string;
  readonly resolve?: Resolve | undefined;
  readonly grants?: GrantsInput;
  readonly clock?: ManualClock;
}

async function addresses({ host = 'api.test', resolve, grants = { allowNet: true }, clock }: Asked): Promise<string[]> {
  const target = parseTarget(host, 80);
  const deadline = Deadline.after(clock ?? systemClock, 5, 'connect');
  const bounds: Bounds = { deadline, about: { operation: 'connect', target }, signals: [] };
  const found = await resolveTarget({ capability: Capability.root(Grants.parse(grants)), target, resolve }, bounds);
  return found.map(({ text }) => text);
}

describe('resolveTarget', () => {
  it('alternates families, beginning with the preferred one', async () => {
    const resolve = () => ['::1', '::2', '::3', '192.0.2.1'];
    expect(await addresses({ resolve })).toEqual(['::1', '192.0.2.1', '::2', '::3']);
    const other = () => ['192.0.2.1', '::1', '::2', '::3'];
    expect(await addresses({ resolve: other })).toEqual(['192.0.2.1', '::1', '::2', '::3']);
  });

  it('asks for the canonical name, and not at all for an address', async () => {
    const asked: string[] = [];
    const resolve = (host: string) => {
      asked.push(host);
      return ['192.0.2.1'];
    };
    await addresses({ host: 'BÜCHER.Test.', resolve });
    expect(await addresses({ host: '0x7f.1', resolve })).toEqual(['127.0.0.1']);
    expect(asked).toEqual(['xn--bcher-kva.test']);
  });

  it('drops denied answers and what is no address', async () => {
    const resolve = () => ['10.0.0.1', 'fe80::1%eth0', 'localhost', '192.0.2.1'];
    const grants = { allowNet: true, denyNet: ['10.0.0.0/8'] } as const;
    expect(await addresses({ resolve, grants })).toEqual(['192.0.2.1']);
  });

  it("uses the system's resolver where the host program has none", async () => {
    expect(await addresses({ host: 'localhost' })).toContain('127.0.0.1');
  });

  it.each([
    ['an empty answer', () => [], { reason: 'not_found', retryable: false }],
    ['no list', () => 'x' as never, { reason: 'not_found', retryable: false }],
    ['a list of something else', () => [1, null] as never, { reason: 'not_found', retryable: false }],
    ['ENOTFOUND', () => Promise.reject({ code: 'ENOTFOUND' }), { reason: 'not_found', retryable: false }],
    ['a failure that is no error', () => Promise.reject(undefined), { reason: 'temporary', retryable: true }],
    ['EAI_AGAIN', () => Promise.reject(coded('EAI_AGAIN')), { reason: 'temporary', retryable: true }],
    ['ENODATA', () => Promise.reject(coded('ENODATA')), { reason: 'not_found', retryable: false }],
    ['EBADNAME', () => Promise.reject(coded('EBADNAME')), { reason: 'invalid_name', retryable: false }],
    ['an error thrown at once', thrower, { reason: 'temporary', retryable: true }],
  ])('is a DnsFailureError for %s', async (_, resolve, expected) => {
    const failure = await failureOf(addresses({ resolve }));
    expect(failure).toMatchObject({ name: 'DnsFailureError', host: 'api.test', operation: 'connect', ...expected });
  });

  it('stops waiting at the deadline, and drops the answer', async () => {
    const clock = new ManualClock();
    const answer = Promise.withResolvers<readonly string[]>();
    const looking = failureOf(addresses({ resolve: () => answer.promise, clock }));
    clock.advance(5000);
    expect(await looking).toMatchObject({ name: 'TimeoutError', phase: 'dns' });
    answer.resolve(['192.0.2.1']);
    expect(clock.timers).toBe(0);
  });
});

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function thrower(): never {
  throw new Error('broken');
}
