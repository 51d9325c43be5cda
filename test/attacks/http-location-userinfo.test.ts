/** Attack: have credentials of the server's choosing sent, or shown, by way of a URL. */
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { failureOf, testNet } from '../helpers/tcp-server.ts';

it('never sends nor shows what stands before an @', async () => {
  await using server = await startHttp((response, { url }) => {
    if (url === '/from') response.writeHead(302, { location: `http://me:secret@api.test:${server.port}/to` });
    response.end();
  });
  await using net = testNet();
  const response = await net.fetch(`${server.origin()}/from`);
  expect(response.url).toBe(`${server.origin()}/to`);
  expect(server.seen.at(-1)?.headers).not.toHaveProperty('authorization');
  for (const url of [`http://me:secret@api.test:${server.port}/`, `http://me@api.test:${server.port}/`]) {
    const failure = await failureOf(net.fetch(url));
    expect([failure.name, failure.message.includes('secret')]).toEqual(['ArgumentError', false]);
    expect(() => net.http.client.new({ baseUrl: url })).toThrow('password');
  }
});
