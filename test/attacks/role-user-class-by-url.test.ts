/**
 * Attack: a library that was handed nothing makes an object of a class that the user put at a URL, whose init opens
 * the user's net.
 */
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { runScript } from '../helpers/script.ts';
import { testNet } from '../helpers/tcp-server.ts';

it('reaches no class that the user did not hand over', async () => {
  await using server = await startHttp((response) => response.end('x'));
  await using net = testNet();
  const libraries = { 'a.com/evil': `closure($url) %puck['https://my.org/api'].new().get($url).status end` };
  const source = `class 'https://my.org/api'
  method init
    @client = %net.http.client.new()
  end
  method get($url)
    @client.get($url)
  end
end
puts %puck['a.com/evil'].call('http://anything.test:${server.port}/')`;
  const { outcome } = await runScript(source, { net, libraries });
  expect(outcome.ok).toBe(false);
  expect(server.seen.length).toBe(0);
});
