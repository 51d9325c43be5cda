/** Proxies on a free port of the loopback interface: HTTP's CONNECT and SOCKS 5. Every name leads to the loopback. */
import { connect, createServer, type Socket } from 'node:net';

export interface ProxyServer extends AsyncDisposable {
  readonly port: number;
  /** What each was asked for: `host:port`, and the credentials as they came. */
  readonly asked: readonly { readonly target: string; readonly credentials: string | null }[];
  readonly accepted: number;
}

export interface ProxyOptions {
  /** Bytes to answer with, in place of connecting. */
  readonly answer?: string | Buffer;
  /** `user:password`; others are refused. */
  readonly credentials?: string;
}

type Ask = (client: Socket, asked: { target: string; credentials: string | null }[]) => void;

async function start(ask: Ask): Promise<ProxyServer> {
  const open = new Set<Socket>();
  const asked: { target: string; credentials: string | null }[] = [];
  let accepted = 0;
  const server = createServer((client) => {
    accepted += 1;
    open.add(client);
    client.on('error', () => {});
    client.on('close', () => open.delete(client));
    ask(client, asked);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    port: address.port,
    asked,
    get accepted() {
      return accepted;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function splice(client: Socket, port: number, ready: () => void): void {
  const far = connect(port, '127.0.0.1', () => {
    ready();
    client.pipe(far).pipe(client);
  });
  far.on('error', () => client.destroy());
  client.on('close', () => far.destroy());
}

/** Reads up to what `enough` takes, then hands over. */
function gather(client: Socket, enough: (bytes: Buffer) => number | null, then: (bytes: Buffer) => void): void {
  let bytes = Buffer.alloc(0);
  const onData = (piece: Buffer): void => {
    bytes = Buffer.concat([bytes, piece]);
    const end = enough(bytes);
    if (end === null) return;
    client.off('data', onData);
    client.pause();
    if (bytes.length > end) client.unshift(bytes.subarray(end));
    then(bytes.subarray(0, end));
  };
  client.on('data', onData);
  client.resume();
}

export function startConnectProxy({ answer, credentials }: ProxyOptions = {}): Promise<ProxyServer> {
  return start((client, asked) => {
    const endOfHead = (bytes: Buffer): number | null => {
      const at = bytes.indexOf('\r\n\r\n');
      return at < 0 ? null : at + 4;
    };
    gather(client, endOfHead, (bytes) => {
      const head = bytes.toString('latin1');
      const [, target = ''] = /^CONNECT (\S+) HTTP\/1\.1\r\n/.exec(head) ?? [];
      const [, encoded] = /^proxy-authorization: Basic (\S+)\r\n/im.exec(head) ?? [];
      const given = encoded === undefined ? null : Buffer.from(encoded, 'base64').toString();
      asked.push({ target, credentials: given });
      if (answer !== undefined) client.write(answer);
      else if (credentials !== undefined && given !== credentials) {
        client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      } else
        splice(client, Number(target.slice(target.lastIndexOf(':') + 1)), () => {
          client.write('HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n');
        });
    });
  });
}

export function startSocksProxy({ answer, credentials }: ProxyOptions = {}): Promise<ProxyServer> {
  return start((client, asked) => {
    const request = (given: string | null): void => {
      const whole = (bytes: Buffer): number | null => {
        const length = bytes[3] === 1 ? 4 : bytes[3] === 4 ? 16 : 1 + (bytes[4] ?? 0);
        return bytes.length < 6 + length ? null : 6 + length;
      };
      gather(client, whole, (bytes) => {
        const port = bytes.readUInt16BE(bytes.length - 2);
        const host =
          bytes[3] === 3 ? bytes.toString('utf8', 5, bytes.length - 2) : [...bytes.subarray(4, -2)].join('.');
        asked.push({ target: `${host}:${port}`, credentials: given });
        if (answer !== undefined) client.write(answer);
        else splice(client, port, () => client.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 1, 1])));
      });
    };
    gather(
      client,
      (bytes) => (bytes.length < 2 + (bytes[1] ?? 0) ? null : 2 + (bytes[1] ?? 0)),
      (bytes) => {
        if (credentials === undefined) {
          client.write(Buffer.from([5, 0]));
          request(null);
        } else if (!bytes.subarray(2).includes(2)) client.end(Buffer.from([5, 255]));
        else {
          client.write(Buffer.from([5, 2]));
          const whole = (auth: Buffer): number | null => {
            const user = auth[1] ?? 0;
            const password = auth[2 + user];
            return password === undefined || auth.length < 3 + user + password ? null : 3 + user + password;
          };
          gather(client, whole, (auth) => {
            const user = auth[1] ?? 0;
            const given = `${auth.toString('utf8', 2, 2 + user)}:${auth.toString('utf8', 3 + user)}`;
            client.write(Buffer.from([1, given === credentials ? 0 : 1]));
            if (given === credentials) request(given);
          });
        }
      },
    );
  });
}
