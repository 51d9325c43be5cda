/** The servers beside the example API, each on 127.0.0.1: two that echo, a name server, TLS and SMTP. */
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { createServer as createTlsServer } from 'node:tls';
import { decode, encode } from 'dns-packet';
import { SMTPServer } from 'smtp-server';

export interface Served extends AsyncDisposable {
  readonly port: number;
}

/** Certificate and key for `localhost`, from an authority that is trusted where ca.pem beside it is named. */
const PEM = new URL('../../test/helpers/certs/good.pem', import.meta.url);

const ADDRESSES = ['192.0.2.7', '192.0.2.8'];

/** Listens; ending it ends its connections too. Port 0 picks a free one. */
export async function listen(server: Server, port: number): Promise<Served> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => {}).on('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    port: address.port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Sends back what it gets. */
export function startEcho(port: number): Promise<Served> {
  return listen(
    createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)),
    port,
  );
}

/** Sends back what it gets, a to z in upper case. */
export function startUpper(port: number): Promise<Served> {
  const server = createServer((socket) => {
    socket.on('data', (data) => {
      socket.write(
        data.toString('latin1').replaceAll(/[a-z]/g, (letter) => letter.toUpperCase()),
        'latin1',
      );
    });
  });
  return listen(server, port);
}

/** Accepts TLS for `localhost`, and says nothing. */
export function startTls(port: number): Promise<Served> {
  const pem = readFileSync(PEM);
  const server = createTlsServer({ cert: pem, key: pem }, (socket) => socket.on('error', () => {}));
  return listen(
    server.on('tlsClientError', () => {}),
    port,
  );
}

/** A name server over UDP that knows the addresses of api.test. */
export async function startDns(port: number): Promise<Served> {
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => {
    const { id = 0, questions = [] } = decode(message);
    const known = questions[0]?.name === 'api.test' && questions[0].type === 'A';
    const answers = known ? ADDRESSES.map((data) => ({ type: 'A' as const, name: 'api.test', data })) : [];
    const reply = encode({ type: 'response', id, flags: known ? 0 : 3, questions, answers });
    socket.send(reply, from.port, from.address);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, '127.0.0.1', resolve);
  });
  return {
    port: socket.address().port,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => socket.close(resolve)),
  };
}

/** Takes every mail, over STARTTLS or in the clear, and hands it to `onMail`. */
export async function startSmtp(port: number, onMail: (mail: string) => void): Promise<Served> {
  const pem = readFileSync(PEM);
  const smtp = new SMTPServer({
    cert: pem,
    key: pem,
    authOptional: true,
    disableReverseLookup: true,
    onData: (stream, _session, done) => {
      void text(stream).then((mail) => {
        onMail(mail);
        done();
      });
    },
  });
  const served = await listen(smtp.server, port);
  smtp.on('error', () => {});
  return served;
}
