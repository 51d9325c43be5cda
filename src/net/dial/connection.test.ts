import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { parseIp } from '../address/ip.ts';
import { parseTarget } from '../address/target.ts';
import { Capability } from '../capability.ts';
import { Grants } from '../grants/grants.ts';
import { Connection } from './connection.ts';

test('who pays from now on does not answer for the one before, even where that one has spent too much', () => {
  const root = Capability.root(Grants.parse({ allowNet: true }));
  const poor = root.narrow(['*'], { maxBytes: 100 });
  const rich = root.narrow(['*'], { maxBytes: 1_000 });
  const wire = { in: 0 };
  const tcp = new Socket();
  Object.defineProperty(tcp, 'bytesRead', { get: () => wire.in });
  const address = parseIp('192.0.2.1');
  if (address === null) throw new Error('no address');
  const connection = new Connection({
    tcp,
    secure: null,
    target: parseTarget('a.test', 80),
    address,
    payer: poor,
    paid: 0,
  });
  wire.in = 150;
  expect(() => connection.charge(null)).toThrow(expect.objectContaining({ code: 'NET_BUDGET' }));
  wire.in = 400;
  connection.charge(rich);
  wire.in = 500;
  expect(() => connection.settle()).not.toThrow();
  wire.in = 1_500;
  expect(() => connection.settle()).toThrow(expect.objectContaining({ code: 'NET_BUDGET' }));
  tcp.destroy();
});
