/** The head reader: what begins like HTTP/1 and where it ends, in whatever pieces it comes. */
import { describe, expect, it } from 'vitest';
import { HeadReader } from './head.ts';

/** Feeds the text in pieces of `size`; the position where the head ended, or why it was refused. */
function read(text: string, size: number): number | string {
  const reader = new HeadReader();
  for (let at = 0; at < text.length; at += size) {
    const piece = Buffer.from(text.slice(at, at + size), 'latin1');
    const end = reader.scan(piece);
    if (end === null) return reader.complaint;
    if (end < piece.length || text.slice(0, at + end).endsWith('\r\n\r\n')) return at + end;
  }
  return -1;
}

describe('the head of a response', () => {
  const sizes = [1, 2, 3, 4, 5, 7, 16, 1000];

  it.each(sizes)('ends after the empty line, in pieces of %i', (size) => {
    const head = 'HTTP/1.1 200 OK\r\nA: b\r\r\nC: \r\n\r\n';
    expect(read(`${head}body`, size)).toBe(head.length);
    expect(read('HTTP/1.0 404\r\n\r\n', size)).toBe(16);
    expect(read('HTTP/1.1 200 OK\r\nA: b\r\n', size)).toBe(-1);
  });

  it.each(sizes)('is refused for what is not HTTP/1, in pieces of %i', (size) => {
    for (const version of ['HTTP/2.0', 'HTTP/1.2', 'HTTP/0.9']) {
      expect(read(`${version} 200 OK\r\n\r\n`, size)).toMatch(/HTTP\/1|another version/);
    }
    expect(read('RTSP/1.0 200 OK\r\n\r\n', size)).toContain('begin with HTTP/1');
    expect(read('SSH-2.0-OpenSSH_9.6\r\n', size)).toContain('begin with HTTP/1');
    expect(read('HTTP/1.1 000 OK\r\n\r\n', size)).toContain('status');
    expect(read('HTTP/1.1 2x0 OK\r\n\r\n', size)).toContain('status');
    expect(read('HTTP/1.1  200 OK\r\n\r\n', size)).toContain('status');
  });

  it('knows the version, and an interim response from a final one', () => {
    const reader = new HeadReader();
    expect(reader.scan(Buffer.from('HTTP/1.1 103 Early\r\n\r\n'))).toBe(22);
    expect(reader.final).toBe(false);
    reader.reset();
    expect(reader.scan(Buffer.from('HTTP/1.0 200 OK\r\n\r\n'))).toBe(19);
    expect([reader.final, reader.version]).toEqual([true, '1.0']);
  });
});
