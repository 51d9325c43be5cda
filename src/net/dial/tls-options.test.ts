/** Plans: what is refused, what is kept, and that the environment has no say. */
import { describe, expect, it } from 'vitest';
import { pemOf } from '../../../test/helpers/tls-server.ts';
import { ArgumentError } from '../../errors/classes.ts';
import { parseHost } from '../address/host.ts';
import { settleOptions } from '../options.ts';
import {
  contextWeight,
  MAX_CONTEXT_WEIGHT,
  planServerTls,
  planTls,
  SERVER_TLS_OPTIONS,
  type ServerTlsOptions,
  TLS_OPTIONS,
  type TlsOptions,
} from './tls-options.ts';

const plan = (options: TlsOptions = {}, host = 'api.test', roots: string | null = null) =>
  planTls(settleOptions(TLS_OPTIONS, options, 'tls'), parseHost(host), roots);

const client = pemOf('client');

describe('planTls', () => {
  it.each([
    [{ caPem: '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----' }, 'caPem can not be used'],
    [{ caPem: '-----BEGIN CERTIFICATE-----' }, 'caPem can not be used'],
    [{ caPem: client.slice(client.indexOf('-----BEGIN EC')) }, 'caPem can not be used'],
    [{ caPem: client }, 'caPem can not be used'],
    [{ caPem: '' }, 'caPem must be PEM text'],
    [{ clientCertPem: client }, 'must be given together'],
    [{ clientKeyPem: client }, 'must be given together'],
    [{ clientCertPem: client, clientKeyPem: pemOf('good') }, 'can not be used'],
    [{ clientCertPem: '-----BEGIN nothing', clientKeyPem: '-----BEGIN nothing' }, 'can not be used'],
    [{ sni: 'no host' }, 'sni is no host'],
    [{ protocols: [] }, 'protocols must be a list of: TLSv1.2, TLSv1.3'],
    [{ protocols: ['TLSv1.1'] }, 'protocols must be'],
    [{ protocols: ['TLSv1.3', 'TLSv1'] }, 'protocols must be'],
    [{ alpn: [''] }, 'alpn must be'],
    [{ alpn: ['a'.repeat(256)] }, 'alpn must be'],
    [{ alpn: 'h2' }, 'alpn must be'],
    [{ verify: 0 }, 'verify must be'],
  ])('refuses %j', (options, message) => {
    expect(() => plan(options as TlsOptions)).toThrow(ArgumentError);
    expect(() => plan(options as TlsOptions)).toThrow(message);
  });

  it('never repeats a key or what stood in its place', () => {
    const secret = '-----BEGIN PRIVATE KEY-----\nsecretsecret\n-----END PRIVATE KEY-----';
    for (const options of [{ clientCertPem: client, clientKeyPem: secret }, { caPem: secret }]) {
      try {
        plan(options);
        expect.unreachable();
      } catch (error) {
        expect(JSON.stringify([String(error), (error as Error).cause ?? null])).not.toContain('secretsecret');
      }
    }
  });

  it('takes several authorities with text around them', () => {
    expect(plan({ caPem: `# one\n${pemOf('ca')}\n# two\n${pemOf('other-ca')}` }).verify).toBe(true);
  });

  it('has one key for the same checks, keys and offers, and another for each difference', () => {
    const different = [
      plan(),
      plan({}, 'other.test'),
      plan({ verify: false }),
      plan({ caPem: pemOf('ca') }),
      plan({ caPem: pemOf('other-ca') }),
      plan({ clientCertPem: client, clientKeyPem: client }),
      plan({ protocols: ['TLSv1.3'] }),
      plan({ alpn: ['h2'] }),
      plan({ sni: 'x.test' }),
    ];
    expect(new Set(different.map(({ key }) => key)).size).toBe(different.length);
    expect(plan({ protocols: ['TLSv1.3', 'TLSv1.2'] }).key).toBe(plan().key);
    expect(plan({ sni: 'api.test' }, 'other.test').key).toBe(plan().key);
    expect(plan({ caPem: pemOf('ca') }).key).toBe(plan({}, 'api.test', pemOf('ca')).key);
  });

  it('keeps a bounded amount of authorities', () => {
    const large = (mark: number): string => `${mark}\n${pemOf('ca')}`.padStart(MAX_CONTEXT_WEIGHT / 10, '#');
    const first = plan({ caPem: large(0) }).context;
    for (let mark = 1; mark < 10; mark++) plan({ caPem: large(mark) });
    expect(plan({ caPem: large(9) }).context).toBe(plan({ caPem: large(9) }).context);
    expect(contextWeight()).toBeLessThanOrEqual(MAX_CONTEXT_WEIGHT);
    plan({ caPem: large(10) });
    expect(contextWeight()).toBeLessThanOrEqual(MAX_CONTEXT_WEIGHT);
    expect(plan({ caPem: large(0) }).context).not.toBe(first);
  });

  it('reads the authorities once for plans that trust the same', () => {
    expect(plan({}, 'a.test').context).toBe(plan({}, 'b.test').context);
  });
});

describe('planServerTls', () => {
  const good = { certPem: pemOf('good'), keyPem: pemOf('good') };
  const serve = (options: ServerTlsOptions) => planServerTls(settleOptions(SERVER_TLS_OPTIONS, options, 'tls'));

  it.each([
    [{}, 'certPem and keyPem must both be given'],
    [{ certPem: good.certPem }, 'certPem and keyPem must both be given'],
    [{ ...good, keyPem: client }, 'certPem and keyPem can not be used'],
    [{ ...good, keyPem: pemOf('weak-key') }, 'certPem and keyPem can not be used'],
    [{ ...good, verifyClient: 'require' }, 'verifyClient needs caPem'],
    [{ ...good, verifyClient: 'request' }, 'verifyClient needs caPem'],
    [{ ...good, verifyClient: 'none', caPem: pemOf('ca') }, 'caPem is given and verifyClient is none'],
    [{ ...good, verifyClient: 'yes' }, 'verifyClient must be one of: none, request, require'],
    [{ ...good, caPem: client }, 'caPem can not be used'],
  ])('refuses %j', (options, message) => {
    expect(() => serve(options as ServerTlsOptions)).toThrow(ArgumentError);
    expect(() => serve(options as ServerTlsOptions)).toThrow(message);
  });

  it('requires a certificate where authorities are given and nothing else is said', () => {
    expect(serve(good).verifyClient).toBe('none');
    expect(serve({ ...good, caPem: pemOf('ca') }).verifyClient).toBe('require');
    expect(serve({ ...good, caPem: pemOf('ca'), verifyClient: 'request' }).verifyClient).toBe('request');
  });
});
