/**
 * Responses of every wrong and odd shape: each comes to a response that RFC 9112 allows or to an error of ours, nothing
 * hangs, and what stands behind a response is never read as the next one.
 */
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type Ending, isUnpoisoned, outcomeOf, startHostile } from '../helpers/hostile-http.ts';
import { testNet, until } from '../helpers/tcp-server.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const HELLO = '5\r\nhello\r\n0\r\n\r\n';
const POISON = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison';

type Row = readonly [what: string, outcome: string | readonly string[], bytes: string, ending?: Ending];

/** Without an ending the connection stays open: what hangs would meet the time-out. */
const ROWS: readonly Row[] = [
  // Lengths (RFC 9112 section 6.2)
  ['a length', '200 hello', `${OK}Content-Length: 5\r\n\r\nhello`],
  ['zeros before a length', '200 hello', `${OK}Content-Length: 0005\r\n\r\nhello`],
  ['spaces around a length', ['200 hello', 'ProtocolError'], `${OK}Content-Length: \t 5 \t\r\n\r\nhello`],
  ['an empty length', ['ProtocolError'], `${OK}Content-Length: \r\n\r\nhello`],
  ['a length of 2^64 + 5', 'ProtocolError', `${OK}Content-Length: 18446744073709551621\r\n\r\nhello`],
  ['a length with a fraction', 'ProtocolError', `${OK}Content-Length: 5.0\r\n\r\nhello`],
  ['a length with an exponent', 'ProtocolError', `${OK}Content-Length: 5e0\r\n\r\nhello`],
  ['a length in other digits', 'ProtocolError', `${OK}Content-Length: \xb5\r\n\r\nhello`],
  ['lengths with a comma', 'ProtocolError', `${OK}Content-Length: 5,6\r\n\r\nhello`],
  ['a length folded away', 'ProtocolError', `${OK}Content-Length:\r\n 5\r\n\r\nhello`],
  ['a length that is too long', 'ConnectionResetError', `${OK}Content-Length: 9\r\n\r\nhello`, 'end'],
  ['a length that is too short', '200 hell', `${OK}Content-Length: 4\r\n\r\nhello`],
  ['a length that is too short by a response', '200 hello', `${OK}Content-Length: 5\r\n\r\nhello${POISON}`],
  ['no length, to the end', '200 hello', `${OK}\r\nhello`, 'end'],
  ['no length, to a reset', 'ConnectionResetError', `${OK}\r\nhello`, 'reset'],
  ['no length and keep-alive', '200 hello', `${OK}Connection: keep-alive\r\n\r\nhello`, 'end'],
  // Chunks (section 7.1)
  ['chunks', '200 hello', `${CHUNKED}${HELLO}`],
  ['chunks in capitals', '200 hello', `${OK}TRANSFER-ENCODING: ChUnKeD\r\n\r\n${HELLO}`],
  ['a chunk extension', '200 hello', `${CHUNKED}5;a=b;c="d e"\r\nhello\r\n0;x\r\n\r\n`],
  ['a chunk extension with a bare CR', 'ProtocolError', `${CHUNKED}5;a\rb\r\nhello\r\n0\r\n\r\n`],
  ['a chunk extension with a line break', 'ProtocolError', `${CHUNKED}5;a\nb\r\nhello\r\n0\r\n\r\n`],
  ['zeros before a chunk length', '200 hello', `${CHUNKED}0005\r\nhello\r\n000\r\n\r\n`],
  ['a chunk length with a sign', 'ProtocolError', `${CHUNKED}+5\r\nhello\r\n0\r\n\r\n`],
  ['a chunk length with 0x', 'ProtocolError', `${CHUNKED}0x5\r\nhello\r\n0\r\n\r\n`],
  ['a chunk length with an underscore', 'ProtocolError', `${CHUNKED}0_5\r\nhello\r\n0\r\n\r\n`],
  ['a chunk length after a space', 'ProtocolError', `${CHUNKED} 5\r\nhello\r\n0\r\n\r\n`],
  ['a chunk length before a space', ['200 hello', 'ProtocolError'], `${CHUNKED}5 \r\nhello\r\n0\r\n\r\n`],
  ['an empty chunk length', 'ProtocolError', `${CHUNKED}\r\nhello\r\n0\r\n\r\n`],
  ['a chunk length that wraps round', 'ProtocolError', `${CHUNKED}10000000000000005\r\nhello\r\n0\r\n\r\n`],
  ['chunks that end in bare LF', 'ProtocolError', `${CHUNKED}5\nhello\n0\n\n`],
  ['a chunk without its CRLF', 'ProtocolError', `${CHUNKED}5\r\nhello0\r\n\r\n`],
  ['a chunk with a LF for its CRLF', 'ProtocolError', `${CHUNKED}5\r\nhello\n0\r\n\r\n`],
  ['a chunk that is cut', 'ConnectionResetError', `${CHUNKED}5\r\nhel`, 'end'],
  ['chunks without a last one', 'ConnectionResetError', `${CHUNKED}5\r\nhello\r\n`, 'end'],
  ['a last chunk without its end', 'ConnectionResetError', `${CHUNKED}5\r\nhello\r\n0\r\n`, 'end'],
  ['trailers', '200 hello', `${CHUNKED}5\r\nhello\r\n0\r\nX-A: b\r\n\r\n`],
  ['a trailer that frames', ['200 hello', 'ProtocolError'], `${CHUNKED}5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n`],
  ['a trailer that is no header', 'ProtocolError', `${CHUNKED}5\r\nhello\r\n0\r\nx\r\n\r\n`],
  ['chunks and garbage', '200 hello', `${CHUNKED}${HELLO}${POISON}`],
  [
    'chunks for HTTP/1.0',
    ['200 hello', 'ProtocolError'],
    `HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${HELLO}`,
    'end',
  ],
  ['a coding with a vertical tab', 'ProtocolError', `${OK}Transfer-Encoding: \x0bchunked\r\n\r\n${HELLO}`],
  ['a coding with a comma alone', 'ProtocolError', `${OK}Transfer-Encoding: ,\r\n\r\n${HELLO}`, 'end'],
  ['identity as a coding', 'ProtocolError', `${OK}Transfer-Encoding: identity\r\n\r\nhello`, 'end'],
  // Header lines (section 5)
  ['lines that end in bare LF', 'ProtocolError', 'HTTP/1.1 200 OK\nContent-Length: 5\n\nhello'],
  ['lines that end in bare CR', 'ProtocolError', 'HTTP/1.1 200 OK\rContent-Length: 5\r\rhello', 'end'],
  ['a header without a colon', 'ProtocolError', `${OK}Content-Length 5\r\n\r\nhello`],
  ['a header without a name', 'ProtocolError', `${OK}: 5\r\n\r\nhello`],
  ['a name with a space', 'ProtocolError', `${OK}X A: b\r\nContent-Length: 5\r\n\r\nhello`],
  ['a name with a NUL', 'ProtocolError', `${OK}X\0A: b\r\nContent-Length: 5\r\n\r\nhello`],
  ['a name in Latin-1', 'ProtocolError', `${OK}X-\xfc: b\r\nContent-Length: 5\r\n\r\nhello`],
  ['a value with a bare CR', 'ProtocolError', `${OK}X-A: b\rSet-Cookie: c=d\r\nContent-Length: 5\r\n\r\nhello`],
  ['a value with DEL', ['200 hello', 'ProtocolError'], `${OK}X-A: b\x7f\r\nContent-Length: 5\r\n\r\nhello`],
  ['an empty value', '200 hello', `${OK}X-A:\r\nContent-Length: 5\r\n\r\nhello`],
  ['a header named __proto__', '200 hello', `${OK}__proto__: a\r\nconstructor: b\r\nContent-Length: 5\r\n\r\nhello`],
  ['a first header that is folded', 'ProtocolError', `${OK} X-A: b\r\nContent-Length: 5\r\n\r\nhello`],
  // Status lines (section 4)
  ['no reason and no space', ['200 hello', 'ProtocolError'], 'HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello'],
  ['a reason in Latin-1', '200 hello', 'HTTP/1.1 200 \xdcber\r\nContent-Length: 5\r\n\r\nhello'],
  ['a reason with a NUL', ['200 hello', 'ProtocolError'], 'HTTP/1.1 200 O\0K\r\nContent-Length: 5\r\n\r\nhello'],
  ['a status of 999', '999 hello', 'HTTP/1.1 999 Odd\r\nContent-Length: 5\r\n\r\nhello'],
  ['a status with a letter', 'ProtocolError', 'HTTP/1.1 2x0 OK\r\nContent-Length: 5\r\n\r\nhello'],
  ['nothing', 'ConnectionResetError', '', 'end'],
  ['a reset at once', 'ConnectionResetError', '', 'reset'],
  ['half a status line', 'ConnectionResetError', 'HTTP/1.1 2', 'end'],
  ['a status line alone', 'ConnectionResetError', OK, 'end'],
  // Responses without a body (section 6.3)
  ['a 204 with a body', '204 ', `HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello`],
  ['a 304 with chunks', '304 ', `HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n${HELLO}`],
  ['a 205 with a body', ['205 hello', '205 ', 'ProtocolError'], 'HTTP/1.1 205 Reset\r\nContent-Length: 5\r\n\r\nhello'],
  [
    'a 103 and then an answer',
    '200 hello',
    `HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n${OK}Content-Length: 5\r\n\r\nhello`,
  ],
  [
    'a 103 with a length',
    ['200 hello', 'ProtocolError'],
    `HTTP/1.1 103 Early\r\nContent-Length: 5\r\n\r\n${OK}Content-Length: 5\r\n\r\nhello`,
  ],
  ['a 103 and then nothing', 'ConnectionResetError', 'HTTP/1.1 103 Early\r\n\r\n', 'end'],
  // Redirects
  ['a Location that is none', 'ProtocolError', 'HTTP/1.1 302 Found\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n'],
  [
    'an empty Location',
    ['ProtocolError', 'ConnectionResetError'],
    'HTTP/1.1 302 Found\r\nLocation:\r\nContent-Length: 0\r\n\r\n',
  ],
  [
    'a Location of another scheme',
    'ProtocolError',
    'HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n',
  ],
  [
    'a Location of script',
    'ProtocolError',
    'HTTP/1.1 302 Found\r\nLocation: javascript:alert(1)\r\nContent-Length: 0\r\n\r\n',
  ],
  ['two Locations', 'ProtocolError', 'HTTP/1.1 302 Found\r\nLocation: /a\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n'],
  ['a Location to itself', 'ProtocolError', 'HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n'],
  [
    'a Location to a port that is none',
    'ProtocolError',
    'HTTP/1.1 302 Found\r\nLocation: //a.test:99999/\r\nContent-Length: 0\r\n\r\n',
  ],
  ['a redirect that is cut', 'ConnectionResetError', 'HTTP/1.1 302 Found\r\nLocation: /a', 'end'],
  // Codings
  ['gzip that is none', 'ProtocolError', `${OK}Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello`],
  ['a coding nobody knows', '200 hello', `${OK}Content-Encoding: x-own\r\nContent-Length: 5\r\n\r\nhello`],
  ['an empty body that is coded', '200 ', `${OK}Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n`],
];

describe('a response of an odd shape', () => {
  it.each(ROWS.map((row) => [row[0], row] as const))('with %s', async (_what, [, outcome, bytes, ending = 'stay']) => {
    await using server = await startHostile();
    await using net = testNet();
    server.say(bytes, ending);
    const allowed = typeof outcome === 'string' ? [outcome] : outcome;
    expect(allowed).toContain(await outcomeOf(net, server.origin()));
    expect(await isUnpoisoned(net, server)).toBe(true);
    await net.close();
    await until(() => server.connections.open === 0);
  });
});

const WHOLE: Readonly<Record<string, Buffer>> = {
  'a length': Buffer.from(`${OK}X-A: b\r\nContent-Length: 5\r\n\r\nhello`),
  chunks: Buffer.from(`${CHUNKED}3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nX-T: u\r\n\r\n`),
  'an interim response': Buffer.from(`HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n${OK}Content-Length: 5\r\n\r\nhello`),
  gzip: Buffer.concat([
    Buffer.from(`${OK}Content-Encoding: gzip\r\nContent-Length: ${gzipSync('hello').length}\r\n\r\n`),
    gzipSync('hello'),
  ]),
  zstd: Buffer.concat([
    Buffer.from(`${OK}Content-Encoding: zstd\r\nContent-Length: ${zstdCompressSync('hello').length}\r\n\r\n`),
    zstdCompressSync('hello'),
  ]),
};

describe.each(Object.entries(WHOLE))('a response with %s', (_what, whole) => {
  it.each(['end', 'reset'] as const)('that is cut off by the %s of the connection, at every byte', async (ending) => {
    await using server = await startHostile();
    await using net = testNet();
    for (let length = 0; length < whole.length; length++) {
      server.say(whole.subarray(0, length), ending);
      expect([length, await outcomeOf(net, server.origin())]).toEqual([length, 'ConnectionResetError']);
    }
    expect(await isUnpoisoned(net, server)).toBe(true);
    await until(() => server.connections.open <= 1);
  });

  it('that drips byte by byte', async () => {
    await using server = await startHostile();
    await using net = testNet();
    server.say(
      whole,
      'stay',
      Array.from(whole, (_, at) => whole.subarray(at, at + 1)),
    );
    expect(await outcomeOf(net, server.origin())).toBe('200 hello');
    expect(await isUnpoisoned(net, server)).toBe(true);
  });

  it('that is cut in two, anywhere, and with poison behind it', async () => {
    await using server = await startHostile();
    await using net = testNet();
    for (let at = 1; at < whole.length; at++) {
      server.say(whole, 'stay', [whole.subarray(0, at), Buffer.concat([whole.subarray(at), Buffer.from(POISON)])]);
      expect([at, await outcomeOf(net, server.origin())]).toEqual([at, '200 hello']);
      expect([at, await isUnpoisoned(net, server)]).toEqual([at, true]);
    }
  });
});
