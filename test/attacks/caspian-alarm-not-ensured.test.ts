/** An alarm and an abort run no ensure section; an exit runs them all and can't be caught. */
import { expect, test } from 'vitest';
import { runScript } from '../helpers/golden-run.ts';

test('an alarm runs no ensure', () => {
  const source = "function &f() &f() end\nbegin\n&f()\nensure\nputs 'ensured'\nend";
  expect(runScript(source)).toMatchObject({ stdout: '', outcome: { ok: false, alarm: 'puck.uno/alarm/call_depth' } });
});

test('an alarm runs no section of a loop and no end of a capture', () => {
  const source =
    "function &f() &f() end\n%stdout.capture do\n[1].each do($x)\n&f()\nafter\nputs 'after'\nend\nend\nputs 'on'";
  expect(runScript(source)).toMatchObject({ stdout: '', outcome: { ok: false } });
});

test('exit passes every catch and runs every ensure', () => {
  const source = "begin\ncatch\n%process.exit(3)\nend\nputs 'no'\nensure\nputs 'ensured'\nend";
  expect(runScript(source)).toMatchObject({ stdout: 'ensured\n', outcome: { ok: true, exitCode: 3 } });
});

test('abort runs none', () => {
  const source = "begin\ncatch\n%process.abort\nend\nensure\nputs 'ensured'\nend";
  expect(runScript(source)).toMatchObject({ stdout: '', outcome: { ok: true, exitCode: 1 } });
});

test.each(['return 1', "raise 'no', 'no'", 'break', '%process.exit(9)'])(
  'an ensure that does %s does not stop an exit',
  (act) => {
    const source = `
    function &hold($f)
      [1].each do($x)
        begin
          $f.call
        ensure
          ${act}
        end
      end
      'held'
    end
    begin
      catch puts &hold({ %process.exit(3) }) end
      puts 'went on'
    ensure
      puts 'ensured'
    end`;
    expect(runScript(source)).toMatchObject({ stdout: 'ensured\n', outcome: { ok: true, exitCode: 3 } });
  },
);
