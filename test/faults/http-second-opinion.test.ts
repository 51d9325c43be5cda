/** Where we and another client both take a response, we take it for the same; what all others refuse, we refuse. */
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { outcomeOf, startHostile } from '../helpers/hostile-http.ts';
import { askCurl, askPython, hasOthers } from '../helpers/second-opinion.ts';
import { testNet } from '../helpers/tcp-server.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const ZIPPED = gzipSync('hello').toString('latin1');

const RESPONSES: Readonly<Record<string, string>> = {
  'a length': `${OK}Content-Length: 5\r\n\r\nhello`,
  'zeros before a length': `${OK}Content-Length: 005\r\n\r\nhello`,
  'a length that is too short': `${OK}Content-Length: 4\r\n\r\nhello`,
  'a length that is too long': `${OK}Content-Length: 9\r\n\r\nhello`,
  'no length': `${OK}\r\nhello`,
  'chunks with extensions and trailers': `${CHUNKED}2;a="b"\r\nhe\r\n3\r\nllo\r\n0\r\nX-A: b\r\n\r\n`,
  'chunks that are cut': `${CHUNKED}5\r\nhel`,
  'chunks without a last one': `${CHUNKED}5\r\nhello\r\n`,
  'a chunk length that is none': `${CHUNKED}x\r\nhello\r\n0\r\n\r\n`,
  'a 204 with a body': 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello',
  'a 304': 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
  'an early hint': `HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n${OK}Content-Length: 5\r\n\r\nhello`,
  'HTTP/1.0': 'HTTP/1.0 200 OK\r\n\r\nhello',
  'no reason': 'HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\nhello',
  gzip: `${OK}Content-Encoding: gzip\r\nContent-Length: ${ZIPPED.length}\r\n\r\n${ZIPPED}`,
  'gzip that is none': `${OK}Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello`,
  'garbage behind it': `${OK}Content-Length: 5\r\n\r\nhelloHTTP/1.1 500 No\r\n\r\n`,
  nothing: '',
  'a status line that is none': 'HELLO\r\n\r\n',
};

/** http.client undoes no codings, and takes the first response but a 100 for the last. */
const NOT_FOR_PYTHON = ['gzip', 'an early hint'];

it.skipIf(!hasOthers).each(Object.entries(RESPONSES))('%s', { timeout: 60_000 }, async (what, bytes) => {
  await using server = await startHostile();
  await using net = testNet();
  server.say(bytes, 'end');
  const ours = await outcomeOf(net, server.origin());
  const curl = await askCurl(server.origin('127.0.0.1'));
  const python = NOT_FOR_PYTHON.includes(what) ? null : await askPython(server.port);
  if (/^\d/.test(ours)) for (const other of [curl, python]) expect([ours, null]).toContain(other);
  if (curl === null && python === null && !NOT_FOR_PYTHON.includes(what)) expect(ours).not.toMatch(/^\d/);
});
