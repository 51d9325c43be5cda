/** Every failure becomes an error of ours, by its code and its phase. */
import { describe, expect, it } from 'vitest';
import { RevokedError, type TimeoutPhase } from '../../errors/classes.ts';
import { parseTarget } from '../address/target.ts';
import { translate } from './translate.ts';

const target = parseTarget('[::1]', 443);

function named(failure: unknown, phase: TimeoutPhase = 'read') {
  return translate(failure, { operation: 'recv', target, phase });
}

const coded = (code: string, more: object = {}): Error =>
  Object.assign(new Error(`message of ${code}`), { code, ...more });

describe('translate', () => {
  it.each([
    ['ECONNREFUSED', 'connect', { name: 'ConnectionRefusedError', retryable: true }],
    ['ECONNRESET', 'read', { name: 'ConnectionResetError', retryable: true }],
    ['EPIPE', 'write', { name: 'ConnectionResetError' }],
    ['ECONNABORTED', 'accept', { name: 'ConnectionResetError' }],
    ['ETIMEDOUT', 'connect', { name: 'TimeoutError', phase: 'connect' }],
    ['ETIMEDOUT', 'read', { name: 'TimeoutError', phase: 'read' }],
    ['ENETUNREACH', 'connect', { name: 'SocketError', systemCode: 'ENETUNREACH' }],
    ['EADDRINUSE', 'connect', { name: 'SocketError', systemCode: 'EADDRINUSE' }],
    ['EMSGSIZE', 'write', { name: 'SocketError', systemCode: 'EMSGSIZE' }],
    ['ENEWINKERNEL99', 'read', { name: 'SocketError', systemCode: 'ENEWINKERNEL99', retryable: false }],
    ['ENOTFOUND', 'dns', { name: 'DnsFailureError', reason: 'not_found' }],
    ['EAI_AGAIN', 'dns', { name: 'DnsFailureError', reason: 'temporary', retryable: true }],
    ['ECONNREFUSED', 'dns', { name: 'DnsFailureError', reason: 'temporary' }],
    ['ENEWRESOLVER', 'dns', { name: 'DnsFailureError', reason: 'temporary' }],
    ['CERT_HAS_EXPIRED', 'tls', { name: 'TlsError', reason: 'the certificate has expired' }],
    ['ECONNRESET', 'tls', { name: 'TlsError', reason: 'the peer ended the connection during the handshake' }],
    ['ENEWTLS', 'tls', { name: 'TlsError', reason: 'message of ENEWTLS' }],
    ['ERR_SSL_BAD_RECORD', 'read', { name: 'TlsError' }],
    ['HPE_INVALID_CONSTANT', 'headers', { name: 'ProtocolError' }],
    ['UND_ERR_HEADERS_OVERFLOW', 'headers', { name: 'ProtocolError' }],
    ['UND_ERR_HEADERS_TIMEOUT', 'request', { name: 'TimeoutError', phase: 'headers' }],
    ['UND_ERR_BODY_TIMEOUT', 'request', { name: 'TimeoutError', phase: 'body' }],
    ['UND_ERR_SOCKET', 'body', { name: 'ConnectionResetError' }],
    ['UND_ERR_INVALID_ARG', 'request', { name: 'ArgumentError' }],
    ['UND_ERR_SOMETHING_NEW', 'request', { name: 'SocketError', systemCode: 'UND_ERR_SOMETHING_NEW' }],
    ['ERR_HTTP2_ERROR', 'headers', { name: 'ProtocolError' }],
  ] as const)('%s in phase %s', (code, phase, expected) => {
    const failure = coded(code);
    const error = named(failure, phase);
    expect(error).toMatchObject({ host: '[::1]', port: 443, operation: 'recv', ...expected });
    expect(error.message).toMatch(/^recv \[::1\]:443: /);
    expect(error.cause).toBe(failure);
  });

  it('goes by the cause where the code says nothing', () => {
    expect(named(coded('UND_ERR_UNKNOWN', { cause: coded('ECONNREFUSED') })).name).toBe('ConnectionRefusedError');
  });

  it("gives OpenSSL's reason for a code that says nothing", () => {
    const error = named(
      coded('UNSPECIFIED', { reason: 'invalid or inconsistent certificate policy extension' }),
      'tls',
    );
    expect(error.reason).toBe('invalid or inconsistent certificate policy extension');
  });

  it('escapes what a peer may have written', () => {
    const error = named({ message: 'a\n\u001b[31mb\u202ec' }, 'tls');
    expect(error.reason).toBe('a\\u{a}\\u{1b}[31mb\\u{202e}c');
  });

  it('leaves an error of ours as it is', () => {
    const revoked = new RevokedError('gone');
    for (const phase of ['dns', 'tls', 'read'] as const) expect(named(revoked, phase)).toBe(revoked);
  });

  it.each([[undefined], [null], ['text'], [42], [{}], [{ code: 5 }], [new Error('bare')]])(
    'makes a SocketError of %j',
    (failure) => {
      expect(named(failure)).toMatchObject({ name: 'SocketError', systemCode: null });
    },
  );
});
