/** Attack: code inside the kernel that hands the dialler an address which no capability has vetted. */
import { expect, it } from 'vitest';
import { parseIp } from '../../src/net/address/ip.ts';
import type { VettedAddress } from '../../src/net/address/vetted.ts';
import { openTcp } from '../../src/net/dial/powers.ts';
import { startTcp } from '../helpers/tcp-server.ts';

it('opens nothing for an address without the brand, whatever its type says', async () => {
  await using server = await startTcp();
  const forged = [parseIp('127.0.0.1'), { family: 4, text: '127.0.0.1', words: [0x7f00_0001] }];
  for (const address of forged) {
    expect(() => openTcp(address as VettedAddress, server.port)).toThrow('nobody has vetted');
  }
  expect(server.accepted).toBe(0);
});
