/** Attack: a library has its own requests reported as the user's, or the user's wording of a denial shown to it. */
import { expect, it } from 'vitest';
import { linesOf } from '../helpers/script.ts';
import { testNet } from '../helpers/tcp-server.ts';

it('reports each under the role of the code that asked, whoever asked before', async () => {
  await using net = testNet({}, { allowNet: ['granted.test'] });
  const decisions: { role: string; line: number | null }[] = [];
  net.on('decision', (decision) => {
    if ('role' in decision) decisions.push({ role: decision.role, line: decision.line });
  });
  const libraries = {
    'a.com/lib': `
$try = closure($f)
  catch('puck.uno/error')
    $f.call()
  end
end
closure($net, $client, $jail, $back)
  $try.call(closure() $net.tcp('x.test', 1) end)
  $back.call()
  $try.call(closure() $net.tls('x.test', 1) end)
  $back.call()
  $try.call(closure() $net.fetch('http://x.test/') end)
  $back.call()
  $try.call(closure() $client.get('http://x.test/') end)
  $back.call()
  $try.call(closure() $client.post('http://x.test/', 'b') end)
  $back.call()
  $try.call(closure() $jail.fetch('http://x.test/') end)
  $back.call()
  $try.call(closure() $net.narrow(['*']).tcp('x.test', 1) end)
end`,
  };
  const source = `$back = closure()
  catch('puck.uno/error')
    %net.tcp('x.test', 1)
  end
end
%puck['a.com/lib'].call(%net, %net.http.client.new(), %net.http.client.jail('*'), $back)`;
  await linesOf(source, { net, libraries });
  expect(decisions.map(({ role }) => role)).toEqual([...Array(6).fill(['a.com/lib', 'user']).flat(), 'a.com/lib']);
  expect(decisions.every(({ line }) => line !== null)).toBe(true);
});
