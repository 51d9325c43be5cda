/** Event streams, over every face. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Grants } from '../../../src/net/grants/grants.ts';
import { openNet } from '../../../src/net/net.ts';
import { type Case, FACES } from '../../helpers/faces.ts';
import { type HttpServer, startHttp } from '../../helpers/http-server.ts';

let server: HttpServer;

beforeAll(async () => {
  server = await startHttp((response, { url, headers, body, method }) => {
    const type = url === '/page' ? 'text/html' : 'text/event-stream';
    response.writeHead(url === '/gone' ? 204 : 200, { 'content-type': type });
    if (url === '/gone') response.end();
    else if (url === '/silent') response.flushHeaders();
    else if (url === '/post') response.end(`data: ${method} ${body}\n\ndata: [DONE]\n\n`);
    else if (url === '/large') response.end(`data: ${'x'.repeat(70_000)}\n\n`);
    else if (headers['last-event-id'] === undefined) {
      response.end('retry: 1\nevent: first\nid: 1\ndata: ü€😀\ndata: two\n\n');
    } else response.end(`data: after ${headers['last-event-id']}\n\n`);
  });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

describe.each(FACES)('$name', (face) => {
  const run = async (one: Case): Promise<unknown> => {
    await using net = openNet(Grants.parse({ allowNet: ['127.0.0.1'] }));
    return await face.run(net, one, { url: server.origin('127.0.0.1') });
  };

  it('gives events, goes on after the end, and closes', async () => {
    expect(
      await run({
        js: `const events = await net.eventSource(data.url + '/');
          const heard = [await events.next(), await events.next()];
          const facts = [events.lastEventId, events.closed];
          await events.close();
          return [...heard, ...facts, events.closed, await events.next()];`,
        casp: `$events = %net.event_source("#{$data['url']}/")
          $heard = [$events.next, $events.next]
          $facts = [$events.last_event_id, $events.closed?]
          $events.close
          puts %utils.json.generate($heard + $facts + [$events.closed?, $events.next])`,
      }),
    ).toEqual([
      { event: 'first', data: 'ü€😀\ntwo', id: '1' },
      { event: 'message', data: 'after 1', id: '1' },
      '1',
      false,
      true,
      null,
    ]);
  });

  it('streams the answer to a POST, once', async () => {
    const before = server.seen.length;
    expect(
      await run({
        js: `const events = await net.eventSource(data.url + '/post', { method: 'POST', bodyJson: { stream: true } });
          const heard = [];
          for (let event = await events.next(); event !== null; event = await events.next()) heard.push(event.data);
          return [heard, events.closed];`,
        casp: `$events = %net.event_source("#{$data['url']}/post", method: 'POST', body_json: {stream: true})
          $heard = []
          while $event = $events.next
            $heard.push($event['data'])
          end
          puts %utils.json.generate([$heard, $events.closed?])`,
      }),
    ).toEqual([['POST {"stream":true}', '[DONE]'], true]);
    expect(server.seen.length).toBe(before + 1);
  });

  it('raises where it is no stream, refused, late or too large', async () => {
    expect(
      await run({
        js: `const failures = [];
          const attempt = async (run) => { try { failures.push(await run()); } catch (error) { failures.push(error.type.split('/').pop()); } };
          await attempt(() => net.eventSource(data.url + '/page'));
          await attempt(() => net.eventSource('http://127.0.0.2:1/'));
          await attempt(() => net.eventSource(data.url, { maxEvents: 1 }));
          const silent = await net.eventSource(data.url + '/silent');
          await attempt(() => silent.next({ timeout: 0.05 }));
          const large = await net.eventSource(data.url + '/large', { maxEvent: 1000 });
          await attempt(() => large.next());
          const gone = await net.eventSource(data.url + '/gone');
          await attempt(() => gone.next());
          return failures;`,
        casp: `$silent = %net.event_source("#{$data['url']}/silent")
          $large = %net.event_source("#{$data['url']}/large", max_event: 1000)
          $failures = [
            closure() %net.event_source("#{$data['url']}/page") end,
            closure() %net.event_source('http://127.0.0.2:1/') end,
            closure() %net.event_source($data['url'], max_events: 1) end,
            closure() $silent.next(timeout: 0.05) end,
            closure() $large.next end,
          ].map do($try)
            $error = catch('puck.uno/error')
              $try.call
            end
            $error.class.split('/')[-1]
          end
          $failures.push(%net.event_source("#{$data['url']}/gone").next)
          puts %utils.json.generate($failures)`,
      }),
    ).toEqual(['protocol', 'host_not_allowed', 'argument', 'timeout', 'too_large', null]);
  });
});
