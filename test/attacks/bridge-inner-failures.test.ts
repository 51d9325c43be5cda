/** Attack: make the kernel fail inside, and read about the host in what comes back. */
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { ServedLink, USER } from '../helpers/served-link.ts';
import { testNet } from '../helpers/tcp-server.ts';

const SECRET = '/home/host/secret-7f3a/key.pem';

it('says nothing of what went wrong in the host’s own services', async () => {
  const fails = (): never => {
    throw Object.assign(new Error(`ENOENT: no such file, open '${SECRET}'`), { path: SECRET, code: 'ENOENT' });
  };
  using link = new ServedLink(null, {
    host: {
      library: async () => fails(),
      write: async () => fails(),
      read: async () => fails(),
      config: async () => fails(),
    },
  });
  for (const answer of [
    await link.ask('host.library', 0, 'a.com/b'),
    await link.ask('host.write', 0, 'stdout', new Uint8Array(1)),
    await link.ask('host.read', 0, 1),
    await link.ask('host.config', 0, {}, []),
  ]) {
    expect(answer).toEqual({ kind: 'error', name: 'SocketError', message: 'the operation failed inside the kernel' });
  }
});

it('survives services that throw at once or answer with what can not cross', async () => {
  const odd: unknown[] = [() => {}, Symbol('x'), new Map(), { a: { b: () => {} } }, 10n, Object.create(null)];
  for (const answer of odd) {
    using link = new ServedLink(null, {
      host: {
        library: () => {
          throw new TypeError(SECRET);
        },
        write: async () => {},
        read: async () => answer as Uint8Array,
        config: async () => {},
      },
    });
    expect(JSON.stringify(await link.ask('host.library', 0, 'a.com/b'))).not.toContain('secret');
    expect((await link.ask('host.read', 0, 1)).kind).not.toBe('ended');
    expect((await link.ask('ping', 0)).kind).toBe('value');
  }
});

it('says nothing of a resolver’s failure, and refuses what it answers if that is no address', async () => {
  const answers: (() => unknown)[] = [
    () => {
      throw new Error(SECRET);
    },
    () => Promise.reject(Object.assign(new Error(SECRET), { code: SECRET })),
    () => [],
    () => ['nonsense'],
    () => ['127.0.0.1/8'],
    () => 'localhost',
    () => [null],
    () => ({ length: 1, 0: '127.0.0.1' }),
    () => undefined,
  ];
  for (const resolve of answers) {
    await using net = testNet({ resolve: resolve as () => readonly string[] });
    using link = new ServedLink(net);
    const answer = await link.ask('net.tcp', 0, 'a.test', 1, {}, USER);
    expect(answer.kind).toBe('error');
    expect(JSON.stringify(answer)).not.toContain('secret');
  }
});

it('gives a jail’s handle no method of the client', async () => {
  await using server = await startHttp((response) => response.end('x'));
  await using net = testNet();
  using link = new ServedLink(net);
  const client = await link.handle('net.client', 0, {});
  const jail = await link.handle('client.jail', client, ['a.test']);
  const inside = { kind: 'error', message: 'the operation failed inside the kernel' };
  expect(await link.ask('client.allow', jail, ['*'])).toMatchObject(inside);
  expect(await link.ask('client.jail', jail, ['*'])).toMatchObject(inside);
  expect(await link.ask('client.fetch', jail, server.origin('b.test'), {}, USER)).toMatchObject({
    name: 'HostNotAllowedError',
  });
  expect(await link.ask('client.fetch', jail, server.origin('a.test'), {}, USER)).toMatchObject({ kind: 'value' });
});
