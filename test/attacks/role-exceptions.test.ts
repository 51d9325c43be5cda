/** Attack: a library learns what is not its own from exceptions that it catches, or sends code along with its own. */
import { expect, it } from 'vitest';
import { linesOf, runScript } from '../helpers/script.ts';
import { testNet } from '../helpers/tcp-server.ts';

const CATCHER = `closure($act, $net)
  $e = catch('puck.uno/error')
    $act.call($net)
  end
  [$e.message, $e.hint, $e.class, $e.role, $e.cause, $e.host, $e.code, $e.reason, $e.backtrace].inspect
end`;

it('reads no grant in the denial of what it was handed', async () => {
  await using net = testNet(
    {},
    { allowNet: ['a.test:443', 'secret-host.test'], denyNet: ['b.test', 'secret-range.test'] },
  );
  for (const host of ['a.test', 'b.test', 'c.test']) {
    const libraries = {
      'a.com/lib': `closure($net)\n$e = catch('puck.uno/error')\n$net.tcp('${host}', 80)\nend\n[$e.message, $e.hint].inspect\nend`,
    };
    const [said = ''] = await linesOf(`puts %puck['a.com/lib'].call(%net)`, { net, libraries });
    expect(said).toContain(host);
    expect(said).not.toMatch(/secret|443|--/);
  }
});

it('reads no path of the host in any of them', async () => {
  await using net = testNet({
    resolve: () => {
      throw new Error('cannot read /home/host/secret/resolv.conf');
    },
  });
  const acts = [
    `%net.tcp('x.test', 80)`,
    `%net.fetch('http://x.test/')`,
    `%net.tls('x.test', 1, ca_pem: 'nonsense')`,
    `%net.tls('x.test', 1, ca_bundle: '/home/host/secret/ca.pem')`,
    `%net.fetch('http://x.test/', body_file: '/home/host/secret/body')`,
    `%utils.json.parse('{')`,
    `%puck['no.such/library']`,
    `$x.y.z`,
    `%net.narrow(['https://x'])`,
    `[1].first('x')`,
  ];
  for (const act of acts) {
    const [said = ''] = await linesOf(`puts %puck['a.com/lib'].call(closure($n)\n${act}\nend, null)`, {
      net,
      libraries: { 'a.com/lib': CATCHER },
    });
    expect(said).toContain('user.casp');
    expect(said.replaceAll('/home/host/secret/ca.pem', '').replaceAll('/home/host/secret/body', '')).not.toMatch(
      /\/work|\/home|\/usr|node:|\.ts|\.cjs|dist/,
    );
  }
});

it('runs what it put into its own exceptions as itself', async () => {
  const libraries = {
    'a.com/lib': `
$odd = class 'a.com/lib/odd'
  inherits 'puck.uno/error'
  field :act, :get
  method init($m)
    super($m)
    @act = closure() [%role, %net, %argv] end
  end
  method message
    "<#{%role}#{%argv}>"
  end
  method to_string
    "<#{%role}#{%argv}>"
  end
  method hint
    %argv
  end
end
closure() raise $odd, 'x' end`,
  };
  const source = `$e = catch('puck.uno/error')
%puck['a.com/lib'].call()
end
puts $e.act.call().inspect
puts $e.message
puts $e
puts $e.hint.inspect`;
  const lines = await linesOf(source, { libraries, args: ['secret'] });
  expect(lines).toEqual(['["a.com/lib", null, null]', '<a.com/lib>', '<a.com/lib>', 'null']);
});

it('makes nothing run when nobody catches it', async () => {
  const libraries = {
    'a.com/lib': `$odd = class 'a.com/lib/odd'
inherits 'puck.uno/error'
method message
forever
$x = 1
end
end
end
closure() raise $odd, 'plain' end`,
  };
  const { outcome } = await runScript(`%puck['a.com/lib'].call()`, { libraries });
  expect(outcome).toMatchObject({ ok: false, alarm: null, error: { type: 'a.com/lib/odd', message: 'plain' } });
});

it('can not be caught by a library where it is not the library’s to catch', async () => {
  const libraries = {
    'a.com/lib': `closure($f)\ncatch('puck.uno/error', 'puck.uno/alarm')\n$f.call()\nend\n'went on'\nend`,
  };
  const { outcome } = await runScript(`puts %puck['a.com/lib'].call(closure() %process.exit(3) end)`, { libraries });
  expect(outcome).toMatchObject({ ok: true, exitCode: 3 });
  const loop = await runScript(
    `puts %puck['a.com/lib'].call(closure()\nfunction &f()\nreturn &f() + 1\nend\n&f()\nend)`,
    { libraries },
  );
  expect(loop.outcome).toMatchObject({ ok: false, alarm: 'puck.uno/alarm/call_depth' });
  expect(loop.stdout).toBe('');
});
