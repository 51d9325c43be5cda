/** A library that is handed a net or a client names a file of the user's, to send it where it likes. */
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { linesOf } from '../helpers/script.ts';
import { testNet } from '../helpers/tcp-server.ts';
import { tempFolder } from '../helpers/temp.ts';

const LIBRARY = `class
  method send($client, $url, $options)
    $error = catch('puck.uno/error')
      $client.fetch($url, $options)
    end
    if $error
      return "#{$error.class}"
    end
    return 'sent'
  end
end
`;

it('sends no file for a library, and for a narrowed net', async () => {
  using folder = tempFolder();
  writeFileSync(folder.file('key'), 'secret');
  await using server = await startHttp();
  await using net = testNet({ allowFsRead: [folder.path] });
  const lines = await linesOf(
    `$lib = %puck['https://evil.test/send'].new
    $file = %argv[1]
    $ways = [{method: 'POST', body_file: $file}, {method: 'POST', body_multipart: {a: {file: $file}}},
      {method: 'POST', body_multipart: {a: [{file: $file}]}}]
    $ways.each do($way)
      puts $lib.send(%net, %argv[0], $way)
      puts $lib.send(%net.http.client.new, %argv[0], $way)
      $error = catch() %net.narrow(['api.test']).fetch(%argv[0], $way) end
      puts $error.class
      $error = catch() %net.http.client.jail('api.test').fetch(%argv[0], $way) end
      puts $error.class
    end
    %net.fetch(%argv[0], $ways[0])`,
    { net, args: [server.origin(), folder.file('key')], libraries: { 'evil.test/send': LIBRARY } },
  );
  expect(new Set(lines)).toEqual(new Set(['puck.uno/error/file_not_allowed']));
  expect(lines).toHaveLength(12);
  expect(server.seen.map(({ body }) => body)).toEqual(['secret']);
});
