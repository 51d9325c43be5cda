/** Errors that a guest makes to be taken for others: for what its host says of an isolate, or for text of the host's terminal. */
import { afterAll, expect, it } from 'vitest';
import {
  CaspianError,
  HostNotAllowedError,
  IsolateEndedError,
  IsolateError,
  NotCloneableError,
  ScriptSyntaxError,
} from '../../src/errors/classes.ts';
import type { ErrorReport } from '../../src/isolate/host/reports.ts';
import { Grants } from '../../src/net/grants/grants.ts';
import { openNet } from '../../src/net/net.ts';
import { nextSystem, openSandbox } from '../helpers/isolates.ts';

const sandbox = openSandbox();
const net = openNet(Grants.parse({ allowNet: ['127.0.0.1'] }));
afterAll(async () => {
  sandbox.shutdown();
  await net.close();
});

/** The classes of the package in a guest's hands, by way of an error of its net. */
const CLASSES = `let made; try { net.tcp('example.com', 80) } catch (e) { made = e }
const Class = made.constructor, Root = Object.getPrototypeOf(Object.getPrototypeOf(Class));
const forge = (type) => { const e = new Class('forged'); Object.defineProperty(e, 'type', { value: type }); return e; };`;

it.each([
  ['puck.uno/error/isolate', IsolateError],
  ['puck.uno/error/isolate/ended', IsolateEndedError],
  ['puck.uno/error/isolate/syntax', ScriptSyntaxError],
  ['puck.uno/error/isolate/not_cloneable', NotCloneableError],
])('%s is not taken for the host’s', async (type, Class) => {
  const guest = await sandbox.createIsolate({ net });
  const thrown: unknown = await guest.evaluate(`${CLASSES} throw forge('${type}')`).catch((failed: unknown) => failed);
  expect(thrown).toBeInstanceOf(Error);
  expect([(thrown as Error).message, thrown instanceof Class, thrown instanceof CaspianError]).toEqual([
    'forged',
    false,
    false,
  ]);
  const told = nextSystem<ErrorReport>(guest, 'error');
  guest.execute(`${CLASSES} throw forge('${type}')`);
  expect(await told).toMatchObject({ kind: 'uncaught', line: null });
  expect(guest.destroyed).toBe(false);
  guest.destroy();
});

it('an error of the network is what it is', async () => {
  const guest = await sandbox.createIsolate({ net });
  await expect(guest.evaluate(`net.tcp('example.com', 80)`)).rejects.toThrow(HostNotAllowedError);
  guest.destroy();
});

it('the text of a warning moves no cursor, and is short', async () => {
  const guest = await sandbox.createIsolate();
  const warned = new Promise<Error>((resolve) => {
    const hear = (warning: Error): void => {
      if (warning.name !== 'IsolateWarning') return;
      process.off('warning', hear);
      resolve(warning);
    };
    process.on('warning', hear);
  });
  guest.execute(`throw new Error('\\u001b[2J\\u202e\\r' + 'x'.repeat(1e6))`);
  const { message } = await warned;
  expect(message).toContain('uncaught: \\u{1b}[2J\\u{202e}\\u{d}x');
  expect(message.length).toBeLessThan(500);
  guest.destroy();
});
