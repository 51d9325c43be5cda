/**
 * A child process that has been taken over: it starts in place of the real one, has the pipe to the host, and does what
 * a test says. What it hears is written to a file, a line for each frame: its kind and its guest.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the source of an attack finds: `guest` is the one that it has been asked to make. */
const PRELUDE = `
const { appendFileSync } = require('node:fs');
const pipe = new (require('node:net').Socket)({ fd: 3, readable: true, writable: true });
const header = (length, kind, guest) => {
  const bytes = Buffer.alloc(9);
  bytes.writeUInt32LE(length, 0); bytes[4] = kind; bytes.writeUInt32LE(guest, 5);
  return bytes;
};
const send = (kind, guest, payload = Buffer.alloc(0)) => pipe.write(Buffer.concat([header(payload.length, kind, guest), payload]));
const words = (...values) => Buffer.from(new Uint32Array(values).buffer);
const bytes = (text) => Buffer.from(text, 'base64');
pipe.on('error', () => process.exit(0));
pipe.on('close', () => process.exit(0));
let rest = Buffer.alloc(0);
pipe.on('data', (chunk) => {
  rest = Buffer.concat([rest, chunk]);
  while (rest.length >= 9 && rest.length >= 9 + rest.readUInt32LE(0)) {
    const length = rest.readUInt32LE(0);
    const [kind, guest] = [rest[4], rest.readUInt32LE(5)];
    rest = rest.subarray(9 + length);
    appendFileSync(LOG, kind + ' ' + guest + '\\n');
    if (kind === 7) send(8, guest);
    if (kind !== 1) continue;
    send(2, guest);
    ATTACK;
  }
});
`;

export interface HostileChild extends Disposable {
  /** Frames that it has heard. */
  heard(): { readonly kind: number; readonly guest: number }[];
  /** Runs something that starts a child process: it starts this one. */
  during<T>(act: () => Promise<T>): Promise<T>;
}

export function hostileChild(attack: string): HostileChild {
  const folder = mkdtempSync(join(tmpdir(), 'caspian-child-'));
  const [program, log] = [join(folder, 'child.cjs'), join(folder, 'heard')];
  writeFileSync(log, '');
  const source = PRELUDE.replace('LOG', JSON.stringify(log)).replace('ATTACK', () => attack);
  writeFileSync(program, `#!${process.execPath}\n${source}`);
  chmodSync(program, 0o755);
  return {
    heard: () =>
      readFileSync(log, 'latin1')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => {
          const [kind, guest] = line.split(' ').map(Number);
          return { kind: kind ?? -1, guest: guest ?? -1 };
        }),
    async during(act) {
      const real = process.execPath;
      process.execPath = program;
      try {
        return await act();
      } finally {
        process.execPath = real;
      }
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Bytes as a source of `hostileChild` can have them. */
export function bytesOf(value: Uint8Array): string {
  return `bytes(${JSON.stringify(Buffer.from(value).toString('base64'))})`;
}
