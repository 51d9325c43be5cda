/** Attack: hold more memory than the limit in whatever the limit might not count: bytes, texts, frames, captures, bodies. */
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { runLauncher } from '../helpers/launcher.ts';

it.each([
  ['arrays', '$a = []\nforever\n$a.push([1, 2, 3])\nend'],
  ['texts', '$a = []\nforever\n$a.push("x" * 1000 + $a.length)\nend'],
  ['bytes', '$a = []\nforever\n$a.push(("x" * 1000000).bytes)\nend'],
  ['slices of bytes', '$b = ("x" * 1000000).bytes\n$a = []\nforever\n$a.push($b.slice(1, 999999))\nend'],
  ['closures', '$f = null\nforever\n$g = $f\n$f = [$g, closure() $g end]\nend'],
  ['what is captured', '%stdout.capture do\nforever\nprint "x" * 100000\nend\nend'],
  ['bodies', '$a = []\nforever\n$a.push(%net.fetch(%argv[0]).body)\nend'],
  ['an ensure', 'begin\n$a = []\nforever\n$a.push([1, 2, 3])\nend\nensure\neputs "still here"\nend'],
])('is ended by the limit: %s', async (_name, source) => {
  await using server = await startHttp((response) => response.end(Buffer.alloc(1_000_000)));
  // In a process of its own: what the test holds itself does not count.
  const { code, stderr } = await runLauncher([
    '--max-memory=48',
    '--timeout=10',
    '--allow-net=127.0.0.1',
    '-e',
    source,
    server.origin('127.0.0.1'),
  ]);
  expect(stderr).toContain('puck.uno/alarm/memory_limit');
  expect(stderr).not.toContain('still here');
  expect(code).toBe(1);
});
