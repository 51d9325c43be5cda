/** A link in a granted folder that leads out of it, a folder that only begins alike, a pipe that would hold us up. */
import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { failureOf, testNet } from '../helpers/tcp-server.ts';
import { tempFolder } from '../helpers/temp.ts';

it('sends nothing that lies outside, whatever leads there', async () => {
  using folder = tempFolder();
  mkdirSync(folder.file('in'));
  mkdirSync(folder.file('in-secret'));
  mkdirSync(folder.file('out'));
  writeFileSync(folder.file('out/key'), 'secret');
  writeFileSync(folder.file('in-secret/key'), 'secret');
  writeFileSync(folder.file('in/own'), 'own');
  symlinkSync('../out/key', folder.file('in/file'));
  symlinkSync('../out', folder.file('in/folder'));
  symlinkSync('own', folder.file('in/inner'));
  execFileSync('mkfifo', [folder.file('in/pipe')]);
  await using server = await startHttp();
  await using net = testNet({ allowFsRead: [folder.file('in')] });
  const send = (path: string) => net.fetch(server.origin(), { method: 'POST', bodyFile: folder.file(path) });
  for (const path of [
    'in/file',
    'in/folder/key',
    'in/../out/key',
    'in-secret/key',
    'in/none/../../out/key',
    'in/pipe',
  ]) {
    expect(await failureOf(send(path)), path).toMatchObject({ code: 'FILE_NOT_ALLOWED' });
  }
  await send('in/inner');
  expect(server.seen.map(({ body }) => body)).toEqual(['own']);
});

it('goes by where the folder really was when it was granted', async () => {
  using folder = tempFolder();
  mkdirSync(folder.file('in'));
  mkdirSync(folder.file('out'));
  writeFileSync(folder.file('out/key'), 'secret');
  await using server = await startHttp();
  await using net = testNet({ allowFsRead: [folder.file('in')] });
  renameSync(folder.file('in'), folder.file('was'));
  symlinkSync('out', folder.file('in'));
  const sent = net.fetch(server.origin(), { method: 'POST', bodyFile: folder.file('in/key') });
  expect(await failureOf(sent)).toMatchObject({ code: 'FILE_NOT_ALLOWED' });
  expect(server.seen).toEqual([]);
});

it('says nothing of what there is elsewhere', async () => {
  using folder = tempFolder();
  mkdirSync(folder.file('in'));
  writeFileSync(folder.file('there'), 'x');
  linkSync(folder.file('there'), folder.file('also'));
  await using net = testNet({ allowFsRead: [folder.file('in')] });
  const failure = (path: string) => failureOf(net.fetch('http://api.test/', { method: 'PUT', bodyFile: path }));
  const there = await failure(folder.file('there'));
  const missing = await failure(folder.file('gone!'));
  expect(there.message.replace('there', 'gone!')).toBe(missing.message);
  expect(there.code).toBe(missing.code);
});
