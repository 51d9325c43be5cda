/** Request bodies, over every face: what arrives at the server is what was given. */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Grants } from '../../../src/net/grants/grants.ts';
import { openNet } from '../../../src/net/net.ts';
import { type ApiServer, patternBytes, startApi } from '../../helpers/api-server.ts';
import { type Case, FACES } from '../../helpers/faces.ts';
import { type TempFolder, tempFolder } from '../../helpers/temp.ts';

const LARGE = 700_000;

let api: ApiServer;
let folder: TempFolder;

beforeAll(async () => {
  api = await startApi();
  folder = tempFolder();
  writeFileSync(folder.file('large.bin'), patternBytes(LARGE));
  writeFileSync(folder.file('empty.bin'), '');
  writeFileSync(folder.file('ünï "x".txt'), 'named');
});

afterAll(async () => {
  folder[Symbol.dispose]();
  await api[Symbol.asyncDispose]();
});

/** A form's boundary is another each time. */
function plainBoundary(echo: unknown): unknown {
  const { headers, body } = echo as { headers: Record<string, string>; body: string };
  const type = headers['content-type'] ?? '';
  const boundary = /boundary=(\S+)/.exec(type)?.[1] ?? '';
  return {
    type: type.replaceAll(boundary, 'B'),
    length: headers['content-length'],
    body: Buffer.from(body, 'base64').toString().replaceAll(boundary, 'B'),
    sized: Buffer.from(body, 'base64').length === Number(headers['content-length']),
  };
}

describe.each(FACES)('$name', (face) => {
  const run = async (one: Case): Promise<unknown> => {
    await using net = openNet(Grants.parse({ allowNet: ['127.0.0.1'] }), { allowFsRead: [folder.path] });
    return await face.run(net, one, { base: api.base, folder: folder.path, large: folder.file('large.bin') });
  };

  it('sends a file as it is, with its length', async () => {
    const echo = await run({
      js: `const res = await net.fetch(data.base + '/echo', { method: 'PUT', bodyFile: data.large }); return await res.json();`,
      casp: `puts %net.fetch("#{$data['base']}/echo", method: 'PUT', body_file: $data['large']).text`,
    });
    const { headers, body } = echo as { headers: Record<string, string>; body: string };
    expect(headers['content-length']).toBe(String(LARGE));
    expect(headers['content-type']).toBeUndefined();
    expect(headers['transfer-encoding']).toBeUndefined();
    expect(Buffer.from(body, 'base64').equals(patternBytes(LARGE))).toBe(true);
  });

  it('sends an empty file', async () => {
    const echo = await run({
      js: `const res = await net.fetch(data.base + '/echo', { method: 'POST', bodyFile: data.folder + '/empty.bin' }); return await res.json();`,
      casp: `puts %net.fetch("#{$data['base']}/echo", method: 'POST', body_file: "#{$data['folder']}/empty.bin").text`,
    });
    expect(echo).toMatchObject({ body: '', headers: { 'content-length': '0' } });
  });

  it('sends a form of parts, whose names and types end nothing', async () => {
    const echo = await run({
      js: `const res = await net.fetch(data.base + '/echo', { method: 'POST', bodyMultipart: {
          'a"b\\r\\nc': 'x', n: 3, list: ['1', true], none: null,
          doc: { data: new Uint8Array([104, 105]), filename: 'q"\\n.txt', type: 'text/plain; charset=utf-8' },
        } }); return await res.json();`,
      casp: `$form = {"a\\"b\\r\\nc" => 'x', n: 3, list: ['1', true], none: null,
          doc: {data: 'hi', filename: "q\\"\\n.txt", type: 'text/plain; charset=utf-8'}}
        puts %net.fetch("#{$data['base']}/echo", method: 'POST', body_multipart: $form).text`,
    });
    const part = (about: string, body: string): string =>
      `--B\r\nContent-Disposition: form-data; ${about}\r\n\r\n${body}\r\n`;
    expect(plainBoundary(echo)).toEqual({
      type: 'multipart/form-data; boundary=B',
      length: expect.any(String),
      sized: true,
      body:
        part('name="a%22b%0D%0Ac"', 'x') +
        part('name="n"', '3') +
        part('name="list"', '1') +
        part('name="list"', 'true') +
        part('name="doc"; filename="q%22%0A.txt"\r\nContent-Type: text/plain; charset=utf-8', 'hi') +
        '--B--\r\n',
    });
  });

  it('sends a file as a part, under its own name', async () => {
    const echo = await run({
      js: `const file = data.folder + '/ünï "x".txt';
        const res = await net.fetch(data.base + '/echo', { method: 'POST', bodyMultipart: { f: { file } } }); return await res.json();`,
      casp: `$file = "#{$data['folder']}/ünï \\"x\\".txt"
        puts %net.fetch("#{$data['base']}/echo", method: 'POST', body_multipart: {f: {file: $file}}).text`,
    });
    expect(plainBoundary(echo)).toMatchObject({
      sized: true,
      body: '--B\r\nContent-Disposition: form-data; name="f"; filename="ünï %22x%22.txt"\r\nContent-Type: application/octet-stream\r\n\r\nnamed\r\n--B--\r\n',
    });
  });

  it('sends a file again where a redirect keeps the body', async () => {
    const value = await run({
      js: `const res = await net.fetch(data.base + '/again', { method: 'POST', bodyFile: data.large });
        return [res.status, (await res.json()).body.length];`,
      casp: `$res = %net.fetch("#{$data['base']}/again", method: 'POST', body_file: $data['large'])
        puts %utils.json.generate([$res.status, $res.json['body'].length])`,
    });
    expect(value).toEqual([200, Math.ceil(LARGE / 3) * 4]);
  });

  it('takes one body, of a kind that can be sent, from a file that may be read', async () => {
    const codes = await run({
      js: `const codes = [];
        for (const options of [
          { body: 'x', bodyJson: 1 }, { bodyForm: { a: 1 }, bodyMultipart: { a: 1 } }, { body: 'x', bodyFile: data.large },
          { bodyMultipart: { a: { data: 'x', type: 'no type' } } }, { bodyMultipart: { a: { filename: 'x' } } },
          { bodyFile: data.folder + '/none' }, { bodyFile: '/etc/hostname' }, { bodyFile: data.folder + '/../x' },
          { bodyFile: data.folder },
        ]) {
          try { await net.fetch(data.base + '/echo', { method: 'POST', ...options }); codes.push('sent'); }
          catch (error) { codes.push(error.type.replace('puck.uno/error/', '')); }
        }
        return codes;`,
      casp: `$codes = []
        [{body: 'x', body_json: 1}, {body_form: {a: 1}, body_multipart: {a: 1}}, {body: 'x', body_file: $data['large']},
          {body_multipart: {a: {data: 'x', type: 'no type'}}}, {body_multipart: {a: {filename: 'x'}}},
          {body_file: "#{$data['folder']}/none"}, {body_file: '/etc/hostname'}, {body_file: "#{$data['folder']}/../x"},
          {body_file: $data['folder']}].each do($options)
          $error = catch('puck.uno/error')
            %net.fetch("#{$data['base']}/echo", {method: 'POST'}.merge($options))
            $codes.push('sent')
          end
          if $error
            $codes.push("#{$error.class}".sub('puck.uno/error/', ''))
          end
        end
        puts %utils.json.generate($codes)`,
    });
    const argument = ['argument', 'argument', 'argument', 'argument', 'argument', 'argument'];
    expect(codes).toEqual([...argument, 'file_not_allowed', 'file_not_allowed', 'file_not_allowed']);
  });
});
