/** WebSockets, over every face. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Grants, type GrantsInput } from '../../../src/net/grants/grants.ts';
import { openNet } from '../../../src/net/net.ts';
import { type Case, FACES } from '../../helpers/faces.ts';
import { until } from '../../helpers/tcp-server.ts';
import { type SocketServer, startSockets } from '../../helpers/web-socket-server.ts';

let server: SocketServer;
const closes: string[] = [];

beforeAll(async () => {
  server = await startSockets(
    (socket, { url }) => {
      socket.on('close', (code, reason) => closes.push(`${code} ${reason}`));
      if (url === '/bye') {
        socket.send('one');
        socket.close(4001, 'enough');
      } else if (url === '/cut') {
        socket.send('one', () => socket.terminate());
      } else if (url === '/large') {
        socket.send(Buffer.alloc(2_000_000));
      } else if (url !== '/silent') {
        socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
      }
    },
    { handleProtocols: (asked) => (asked.has('chat') ? 'chat' : false) },
  );
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

describe.each(FACES)('$name', (face) => {
  const run = async (one: Case, grants: GrantsInput = { allowNet: ['127.0.0.1'] }): Promise<unknown> => {
    await using net = openNet(Grants.parse(grants));
    return await face.run(net, one, { url: `ws://127.0.0.1:${server.port}` });
  };

  it('sends and receives text and bytes', async () => {
    expect(
      await run({
        js: `const ws = await net.webSocket(data.url + '/', { protocols: ['talk', 'chat'] });
          const heard = [];
          for (const text of ['', 'ü€😀', 'x'.repeat(70000)]) {
            await ws.send(text);
            heard.push(await ws.recv());
          }
          await ws.send(new Uint8Array([195, 188, 0]));
          const bytes = await ws.recv();
          heard.push(bytes instanceof Uint8Array ? Array.from(bytes) : 'no bytes');
          const facts = [ws.url === data.url + '/', ws.protocol, ws.closed];
          await ws.close(3000, 'bye');
          return [heard[0], heard[1], heard[2].length, heard[3], ...facts, ws.closed, await ws.recv()];`,
        casp: `$ws = %net.web_socket("#{$data['url']}/", protocols: ['talk', 'chat'])
          $heard = []
          ['', 'ü€😀', 'x' * 70000].each do($text)
            $ws.send($text)
            $heard.push($ws.recv)
          end
          $ws.send("ü\\x00".bytes)
          $bytes = $ws.recv
          $facts = [$ws.url == "#{$data['url']}/", $ws.protocol, $ws.closed?]
          $ws.close(3000, 'bye')
          puts %utils.json.generate([$heard[0], $heard[1], $heard[2].length, $bytes.to_array] + $facts + [$ws.closed?, $ws.recv])`,
      }),
    ).toEqual(['', 'ü€😀', 70000, [195, 188, 0], true, 'chat', false, true, null]);
    await until(() => closes.includes('3000 bye'));
  });

  it('gives null once the peer has closed, and says why', async () => {
    expect(
      await run({
        js: `const ws = await net.webSocket(data.url + '/bye');
          const heard = [await ws.recv(), await ws.recv(), await ws.recv()];
          let failed = null;
          try { await ws.send('x'); } catch (error) { failed = error.type; }
          return [...heard, ws.closed, ws.closeCode, ws.closeReason, failed];`,
        casp: `$ws = %net.web_socket("#{$data['url']}/bye")
          $heard = [$ws.recv, $ws.recv, $ws.recv]
          $failed = catch('puck.uno/error/network/socket') do
            $ws.send('x')
          end
          puts %utils.json.generate($heard + [$ws.closed?, $ws.close_code, $ws.close_reason, $failed.class])`,
      }),
    ).toEqual(['one', null, null, true, 4001, 'enough', 'puck.uno/error/network/socket']);
  });

  it('raises where it is cut, refused, late or too large', async () => {
    expect(
      await run({
        js: `const failures = [];
          const attempt = async (run) => { try { await run(); failures.push(null); } catch (error) { failures.push(error.type.split('/').pop()); } };
          const cut = await net.webSocket(data.url + '/cut');
          await cut.recv();
          await attempt(() => cut.recv());
          await attempt(() => net.webSocket('ws://127.0.0.2:1/'));
          await attempt(() => net.webSocket('http://'));
          await attempt(() => net.webSocket(data.url, { maxMesage: 1 }));
          const silent = await net.webSocket(data.url + '/silent');
          await attempt(() => silent.recv({ timeout: 0.05 }));
          await attempt(() => silent.close(1001));
          await attempt(() => silent.close(1000, 5));
          const large = await net.webSocket(data.url + '/large');
          await attempt(() => large.recv());
          const small = net.narrow(['127.0.0.1'], { methods: ['GET'] });
          await attempt(() => small.webSocket(data.url));
          return failures;`,
        casp: `$cut = %net.web_socket("#{$data['url']}/cut")
          $cut.recv
          $silent = %net.web_socket("#{$data['url']}/silent")
          $large = %net.web_socket("#{$data['url']}/large")
          $small = %net.narrow(['127.0.0.1'], methods: ['GET'])
          $failures = [
            closure() $cut.recv end,
            closure() %net.web_socket('ws://127.0.0.2:1/') end,
            closure() %net.web_socket('http://') end,
            closure() %net.web_socket($data['url'], max_mesage: 1) end,
            closure() $silent.recv(timeout: 0.05) end,
            closure() $silent.close(1001) end,
            closure() $silent.send(5) end,
            closure() $large.recv end,
            closure() $small.web_socket($data['url']) end,
          ].map do($try)
            $error = catch('puck.uno/error')
              $try.call
            end
            $error.class.split('/')[-1]
          end
          puts %utils.json.generate($failures)`,
      }),
    ).toEqual([
      'connection_reset',
      'host_not_allowed',
      'argument',
      'argument',
      'timeout',
      'argument',
      'argument',
      'too_large',
      'host_not_allowed',
    ]);
  });

  it('ends with its capability', async () => {
    expect(
      await run({
        js: `const small = net.narrow(['*']);
          const ws = await small.webSocket(data.url + '/silent');
          await net.revoke(small);
          try { await ws.recv(); } catch (error) { return error.type; }`,
        casp: `$small = %net.narrow(['*'])
          $ws = $small.web_socket("#{$data['url']}/silent")
          %net.revoke($small)
          $error = catch('puck.uno/error')
            $ws.recv
          end
          puts %utils.json.generate($error.class)`,
      }),
    ).toBe('puck.uno/error/network/revoked');
  });
});
