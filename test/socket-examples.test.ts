/**
 * The examples of sockets, in Caspian and in TypeScript: each runs as its own `run:` line says, against real servers, and
 * prints what its `#=>` lines say. Servers are tried with clients, the chat with two hundred at once.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDns, startEcho, startSmtp, startTls, startUpper } from '../examples/servers/sockets.ts';
import { example, type Started, start } from './helpers/examples.ts';
import { type Caller, call } from './helpers/listener.ts';
import { readText, until } from './helpers/tcp-server.ts';
import { pemOf } from './helpers/tls-server.ts';

let servers: AsyncDisposableStack;
let filled: Readonly<Record<string, string>>;
const mails: string[] = [];

/** A port of the loopback interface that takes no connections. */
async function closedPort(): Promise<number> {
  await using served = await startEcho(0);
  return served.port;
}

beforeAll(async () => {
  servers = new AsyncDisposableStack();
  const upper = servers.use(await startUpper(0));
  const dns = servers.use(await startDns(0));
  const tls = servers.use(await startTls(0));
  const smtp = servers.use(await startSmtp(0, (mail) => mails.push(mail)));
  filled = {
    8701: String(upper.port),
    8702: String(dns.port),
    8703: String(tls.port),
    8704: String(smtp.port),
    8799: String(await closedPort()),
    4000: '0',
    4001: '0',
  };
});

afterAll(() => servers.disposeAsync());

async function run(file: string, stdin = ''): Promise<{ printed: string; promised: string }> {
  const { command, promised } = example(`sockets/${file}`, filled);
  await using started = start(command, stdin);
  const code = await started.ended;
  expect([code, started.stderr]).toEqual([0, '']);
  return { printed: started.stdout, promised };
}

/** Starts an example that listens; gives its port too. */
async function listening(file: string): Promise<{ started: Started; port: number }> {
  const started = start(example(`sockets/${file}`, filled).command, '');
  await until(() => started.stdout.includes('\n') || started.stderr !== '', 'it listens');
  expect(started.stderr).toBe('');
  return { started, port: Number(/^listening at 127\.0\.0\.1:(\d+)$/m.exec(started.stdout)?.[1]) };
}

describe.each(['casp', 'ts'])('in .%s', (language) => {
  it.each(['echo-client', 'dns-query', 'port-check'])('%s', async (name) => {
    const { printed, promised } = await run(`${name}.${language}`);
    expect(promised).not.toBe('');
    expect(printed).toBe(promised);
  });

  it('smtp: a mail goes over TLS, dots and all', async () => {
    const before = mails.length;
    const { printed, promised } = await run(`smtp.${language}`, pemOf('ca'));
    expect(printed).toBe(promised);
    expect(mails.slice(before)).toEqual([
      'Subject: Hello\r\nFrom: ada@client.example\r\n\r\nA line that begins with a dot:\r\n..\r\n',
    ]);
  });

  it('smtp: a certificate that nobody vouches for ends it', async () => {
    const { command } = example(`sockets/smtp.${language}`, filled);
    await using started = start(command, '');
    expect(await started.ended).toBe(1);
    expect(started.stderr).toMatch(/issuer is not known|not trusted/);
    expect(started.stdout).toBe('220\n250\n220\n');
  });

  it('tls-certificate', async () => {
    const { printed } = await run(`tls-certificate.${language}`, pemOf('ca'));
    expect(printed.split('\n')).toEqual([
      'subject: O=Example, CN=Server',
      'issuer: CN=Test Authority',
      'valid: 2020-01-01 to 2120-01-01',
      'names: DNS:api.test, DNS:localhost, DNS:*.wild.test, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
      'TLSv1.3, 95 characters of fingerprint',
      '',
    ]);
  });

  it('echo-server: serves its clients and ends', async () => {
    const { started, port } = await listening(`echo-server.${language}`);
    await using _started = started;
    for (const word of ['one', 'two']) {
      await using caller = await call(port);
      caller.socket.end(`${word}\r\nand more\n`);
      expect(await readText(caller.socket)).toBe(`${word.toUpperCase()}\r\nAND MORE\r\n`);
    }
    expect(await started.ended).toBe(0);
    expect(started.stdout).toContain('served 2\n');
  });

  it('chat-server: two hundred talk at once', async () => {
    const { started, port } = await listening(`chat-server.${language}`);
    await using _started = started;
    await using stack = new AsyncDisposableStack();
    const clients: Caller[] = [];
    for (let n = 0; n < 200; n++) {
      const client = stack.use(await call(port));
      client.socket.write(`client ${n}\n`);
      clients.push(client);
    }
    const [first] = clients;
    if (first === undefined) throw new Error('there are no clients');
    const arrivals = () => first.heard.split('\n').filter((line) => line.endsWith('is here')).length;
    await until(() => arrivals() === 199, 'all have come');

    const speakers = clients.slice(0, 5);
    // A line in pieces, two in one piece, one with a carriage return.
    for (const [n, { socket }] of speakers.entries()) {
      socket.write('hel');
      socket.write(`lo from ${n}\nand`);
      socket.write(' more\r\n');
    }
    const lines = (client: Caller) => client.heard.split('\n').filter((line) => /: (hello|and)/.test(line)).length;
    await until(
      () => clients.every((client) => lines(client) === (speakers.includes(client) ? 8 : 10)),
      'everyone has heard all others',
    );
    for (const [n] of speakers.entries()) expect(clients.at(-1)?.heard).toContain(`client ${n}: hello from ${n}\n`);
    expect(clients.at(-1)?.heard).toContain('client 0: and more\n');

    speakers[1]?.socket.resetAndDestroy();
    speakers[2]?.socket.end();
    const left = (n: number) => first.heard.includes(`* client ${n} has left\n`);
    await until(() => left(1) && left(2), 'the first hears who has left');
    expect(started.stderr).toBe('');
  });
});
