/** Attack: an environment that makes Node trust everyone, or more than it ships with, or go through a proxy. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { startTcp } from '../helpers/tcp-server.ts';
import { acceptTls } from '../helpers/tls-server.ts';

const certificates = fileURLToPath(new URL('../helpers/certs/', import.meta.url));
const src = new URL('../../src/net/', import.meta.url).href;

/** Prints the error, or that it went well, of a TLS connection that trusts what the package trusts by itself. */
function program(port: number): string {
  return `
    const { openNet } = await import('${src}net.ts');
    const { Grants } = await import('${src}grants/grants.ts');
    const net = openNet(Grants.parse({ allowNet: true }), { resolve: () => ['127.0.0.1'] });
    const said = await net.tls('api.test', ${port}).then(() => 'connected', (error) => error.name + ': ' + error.reason);
    process.stdout.write(said);
    process.exit(0);`;
}

it.each([
  [{ NODE_TLS_REJECT_UNAUTHORIZED: '0' }],
  [{ NODE_EXTRA_CA_CERTS: `${certificates}ca.pem` }],
  [{ SSL_CERT_FILE: `${certificates}ca.pem`, NODE_OPTIONS: '--use-openssl-ca' }],
  [{ NODE_USE_SYSTEM_CA: '1', SSL_CERT_FILE: `${certificates}ca.pem` }],
  [{ HTTPS_PROXY: 'http://127.0.0.1:9', ALL_PROXY: 'http://127.0.0.1:9', NODE_USE_ENV_PROXY: '1' }],
])('trusts no one more under %j', async (env) => {
  await using server = await startTcp();
  const serving = acceptTls(server, 'good');
  const child = spawn(process.execPath, ['--input-type=module', '-e', program(server.port)], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  await Promise.all([once(child, 'close'), serving]);
  expect(said).toBe("TlsError: the certificate's issuer is not known, and was not sent along");
});
