import { expect, test } from 'vitest';
import { powerlessHost } from '../../../test/helpers/golden.ts';
import { Output } from './output.ts';

function recorded(limit = Number.POSITIVE_INFINITY) {
  const writes: string[] = [];
  const { host } = powerlessHost({});
  const output = new Output(
    { ...host, write: (stream, bytes) => writes.push(`${stream}:${new TextDecoder().decode(bytes)}`) },
    limit,
  );
  return { output, writes };
}

test('what is printed is handed over in one batch', () => {
  const { output, writes } = recorded();
  for (let line = 0; line < 100; line++) output.text('x\n');
  expect(writes).toEqual([]);
  output.flush();
  output.flush();
  expect(writes).toEqual([`stdout:${'x\n'.repeat(100)}`]);
});

test('a batch is at most 8 KiB, and nothing is lost or doubled', () => {
  const { output, writes } = recorded();
  let all = '';
  for (let at = 0; at < 3000; at++) {
    const piece = `${at}é😀`.repeat(at % 7);
    all += piece;
    output.text(piece);
  }
  output.flush();
  expect(writes.map((write) => write.slice(7)).join('')).toBe(all);
  for (const write of writes) expect(new TextEncoder().encode(write.slice(7)).length).toBeLessThanOrEqual(8192);
  expect(writes.length).toBeLessThan(20);
});

test('a piece larger than a batch goes through as it is, behind what came before', () => {
  const { output, writes } = recorded();
  output.text('small');
  output.bytes(new Uint8Array(10_000).fill(65));
  expect(writes).toEqual(['stdout:small', `stdout:${'A'.repeat(10_000)}`]);
});

test('stderr flushes stdout first', () => {
  const { output, writes } = recorded();
  output.text('out');
  output.error(new TextEncoder().encode('err'));
  expect(writes).toEqual(['stdout:out', 'stderr:err']);
});

test('captures nest and print nothing', () => {
  const { output, writes } = recorded();
  output.beginCapture();
  output.text('a');
  output.beginCapture();
  output.text('b'.repeat(9000));
  expect(output.endCapture()).toHaveLength(9000);
  output.text('c');
  expect(new TextDecoder().decode(output.endCapture())).toBe('ac');
  output.flush();
  expect(writes).toEqual([]);
});

test('the limit counts both streams', () => {
  const { output } = recorded(10);
  output.text('12345');
  output.error(new Uint8Array(5));
  expect(() => output.text('6')).toThrow(expect.objectContaining({ type: 'puck.uno/alarm/output_limit' }));
});
