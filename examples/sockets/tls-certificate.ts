/**
 * Shows the certificate of a TLS server. Certificates to trust come from standard input; without any, those of the runtime
 * hold.
 * run: node examples/sockets/tls-certificate.ts localhost 8703 < test/helpers/certs/ca.pem
 */
import { readFileSync } from 'node:fs';
import { Grants, openNet } from 'caspian-net';
import { argumentsFor } from '../usage.ts';

const [host, port] = argumentsFor('HOST', 'PORT');
const ca = readFileSync(0, 'utf8');
await using net = openNet(Grants.parse({ allowNet: [`${host}:${port}`] }));
await using socket = await net.tls(host, Number(port), ca === '' ? {} : { caPem: ca });
const { peerCert } = socket;
if (peerCert === null) throw new Error('it showed no certificate');
console.log(`subject: ${peerCert.subject}`);
console.log(`issuer: ${peerCert.issuer}`);
console.log(`valid: ${peerCert.validFrom.slice(0, 10)} to ${peerCert.validUntil.slice(0, 10)}`);
console.log(`names: ${peerCert.sans.join(', ')}`);
console.log(`${socket.protocol}, ${peerCert.fingerprint256.length} characters of fingerprint`);
