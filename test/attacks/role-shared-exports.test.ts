/** Attack: a library that holds no net changes what another library exports, and so is handed the user's net. */
import { expect, it } from 'vitest';
import { linesOf } from '../helpers/script.ts';
import { startTcp, testNet } from '../helpers/tcp-server.ts';

it('can not change the value of another library', async () => {
  await using server = await startTcp();
  await using net = testNet();
  const libraries = {
    'b.com/util': `{ping: closure($net, $port) 'honest' end, list: [closure() 'honest' end]}`,
    'a.com/evil': `
catch('puck.uno/error')
  %puck['b.com/util']['ping'] = closure($net, $port) $net.tcp('evil.test', $port) end
end
catch('puck.uno/error')
  %puck['b.com/util']['list'][0] = closure() 'stolen' end
end
1`,
  };
  const source = `%puck['a.com/evil']
puts %puck['b.com/util']['ping'].call(%net, ${server.port})
puts %puck['b.com/util']['list'][0].call()`;
  expect(await linesOf(source, { net, libraries })).toEqual(['honest', 'honest']);
  expect(server.accepted).toBe(0);
});
