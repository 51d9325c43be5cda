/** Attack: a granted host redirects to one that is not granted, or is denied, or stands for a denied address. */
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { failureOf, testNet } from '../helpers/tcp-server.ts';

it('checks each hop as if it were asked for, and names it', async () => {
  let to = '';
  await using inner = await startHttp();
  await using server = await startHttp((response, { url }) => {
    if (url === '/1') response.writeHead(302, { location: '/2' });
    else response.writeHead(307, { location: to });
    response.end();
  });
  const grants = {
    allowNet: [`api.test:${server.port}`, 'denied.test', `odd.test:${inner.port}`],
    denyNet: ['denied.test', '127.0.0.9'],
  };
  const resolve = (host: string) => (host === 'odd.test' ? ['127.0.0.9'] : ['127.0.0.1']);
  await using net = testNet({ resolve }, grants);
  const cases = [
    [`http://inner.test:${inner.port}/`, 'HostNotAllowedError'],
    [`http://127.0.0.1:${inner.port}/`, 'HostNotAllowedError'],
    [`http://[::ffff:127.0.0.1]:${inner.port}/`, 'HostNotAllowedError'],
    [`http://localhost:${inner.port}/`, 'HostNotAllowedError'],
    [`http://denied.test:${inner.port}/`, 'HostNotAllowedError'],
    [`//api.test:${inner.port}/`, 'PortNotAllowedError'],
    [`http://api.test:${server.port}@inner.test:${inner.port}/`, 'HostNotAllowedError'],
    [`http://inner.test:${inner.port}\\@api.test:${server.port}/`, 'HostNotAllowedError'],
    [`http://odd.test:${inner.port}/`, 'AddressNotAllowedError'],
  ] as const;
  for (const [location, name] of cases) {
    to = location;
    const failure = await failureOf(net.fetch(`${server.origin()}/1`));
    expect(failure.name, location).toBe(name);
    if (name !== 'AddressNotAllowedError') expect(failure.message, location).toMatch(/redirect 2\b.*api\.test/);
  }
  expect(inner.connections.accepted).toBe(0);
});
