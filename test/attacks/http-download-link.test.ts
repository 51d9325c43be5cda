/** A download that is led out of its folder: by the path, by a link in it, by a link in the file's place. */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { failureOf, testNet } from '../helpers/tcp-server.ts';
import { tempFolder } from '../helpers/temp.ts';

it('writes nothing outside, and follows no link that stands in the file’s place', async () => {
  using folder = tempFolder();
  mkdirSync(folder.file('in'));
  mkdirSync(folder.file('in/sub'));
  mkdirSync(folder.file('in-other'));
  mkdirSync(folder.file('out'));
  writeFileSync(folder.file('out/key'), 'mine');
  symlinkSync('../out', folder.file('in/folder'));
  symlinkSync('../out/key', folder.file('in/file'));
  await using server = await startHttp((response) => response.end('theirs'));
  await using net = testNet({ allowFsWrite: [folder.file('in')] });
  const client = net.http.client.new();
  for (const to of ['out/key', 'in/../out/key', 'in/folder/key', 'in-other/key', 'in']) {
    const failure = await failureOf(client.download(server.origin(), { to: folder.file(to) }));
    expect(failure, to).toMatchObject({ code: 'FILE_NOT_ALLOWED' });
  }
  expect(await failureOf(client.download(server.origin(), { to: folder.file('in/sub') }))).toMatchObject({
    code: 'NET_SOCKET',
  });
  // Asked for before anything is sent, but for the folder that stands in the way at the end.
  expect(server.seen).toHaveLength(1);
  await client.download(server.origin(), { to: folder.file('in/file') });
  expect(readFileSync(folder.file('out/key'), 'utf8')).toBe('mine');
  expect(readFileSync(folder.file('in/file'), 'utf8')).toBe('theirs');
  expect(readdirSync(folder.file('in')).sort()).toEqual(['file', 'folder', 'sub']);
  expect(readdirSync(folder.file('out'))).toEqual(['key']);
});

it('is not for a client of a narrowed net, nor for one that may only read', async () => {
  using folder = tempFolder();
  await using server = await startHttp();
  const to = folder.file('x');
  await using net = testNet({ allowFsWrite: [folder.path] });
  const narrowed = net.narrow(['*']).http.client.new();
  expect(await failureOf(narrowed.download(server.origin(), { to }))).toMatchObject({ code: 'FILE_NOT_ALLOWED' });
  await using reader = testNet({ allowFsRead: [folder.path] });
  const reading = reader.http.client.new().download(server.origin(), { to });
  expect(await failureOf(reading)).toMatchObject({
    code: 'FILE_NOT_ALLOWED',
    hint: 'run again with --allow-fs-write=DIR',
  });
  expect(server.seen).toEqual([]);
});
