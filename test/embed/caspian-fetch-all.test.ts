/** What only a script in Caspian has around `fetch_all`: `%utils.timeout`. */
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { linesOf } from '../helpers/script.ts';
import { testNet } from '../helpers/tcp-server.ts';

it('raises the %utils.timeout around it, whose end is no result', async () => {
  await using server = await startHttp((response, { url }) => {
    if (url !== '/hang') response.end();
  });
  await using net = testNet();
  const source = `
$error = catch('puck.uno/error')
  %utils.timeout(0.2) do
    %net.fetch_all(["#{%argv[0]}/hang", "#{%argv[0]}/well"], timeout: 60)
    puts 'not reached'
  end
end
puts $error.message`;
  const lines = await linesOf(source, { net, args: [server.origin()] });
  expect(lines).toEqual(['the time set by %utils.timeout is over']);
});
