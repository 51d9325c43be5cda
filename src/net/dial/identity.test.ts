/** Certificates as plain data, and names that try to pass for two. */
import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { pemOf } from '../../../test/helpers/tls-server.ts';
import { parseHost } from '../address/host.ts';
import { describeCertificate, identityProblem } from './identity.ts';

const good = new X509Certificate(pemOf('good'));

describe('identityProblem', () => {
  it.each(['api.test', 'API.test.', 'localhost', 'one.wild.test', '127.0.0.1', '::1', '0:0:0:0:0:0:0:1'])(
    'has nothing against %s',
    (host) => {
      expect(identityProblem(good, parseHost(host))).toBeNull();
    },
  );

  it.each(['test', 'x.api.test', 'wild.test', 'a.b.wild.test', '127.0.0.2', '::2', 'apixtest'])(
    'says what the certificate is for, and that it is not %s',
    (host) => {
      expect(identityProblem(good, parseHost(host))).toContain(`is not for ${host} but for DNS:api.test, `);
    },
  );
});

describe('a certificate with more names than anybody reads', () => {
  const many = new X509Certificate(pemOf('many-names'));

  it('is told by the first of them', () => {
    const problem = identityProblem(many, parseHost('api.test'));
    expect(problem).toBe(
      'the certificate is not for api.test but for DNS:n1.test, DNS:n2.test, DNS:n3.test, DNS:n4.test, DNS:n5.test, DNS:n6.test and 194 more',
    );
    expect(identityProblem(many, parseHost('n200.test'))).toBeNull();
    expect(describeCertificate(many).sans).toHaveLength(200);
  });

  it('is told in few words where they are long', () => {
    const long = new Proxy(many, {
      get: (certificate, key) => {
        const value: unknown = Reflect.get(certificate, key, certificate);
        if (key === 'subjectAltName') return `DNS:${'\u202e'.repeat(30_000)}`;
        return typeof value === 'function' ? value.bind(certificate) : value;
      },
    });
    expect(identityProblem(long, parseHost('api.test'))?.length).toBeLessThan(1200);
  });
});

describe('describeCertificate', () => {
  it('keeps a name with a comma in it in one piece', () => {
    const hostile = new Proxy(good, {
      get: (certificate, key) => {
        if (key === 'subjectAltName') return 'DNS:"a.test, DNS:b.test", DNS:c.test, IP Address:192.0.2.1';
        return Reflect.get(certificate, key, certificate);
      },
    });
    expect(describeCertificate(hostile).sans).toEqual([
      'DNS:"a.test, DNS:b.test"',
      'DNS:c.test',
      'IP Address:192.0.2.1',
    ]);
  });

  it('takes a certificate without alternative names', () => {
    const plain = describeCertificate(new X509Certificate(pemOf('cn-only')));
    expect(plain).toMatchObject({ subject: 'CN=api.test', sans: [] });
  });
});
