/** Reporting an uncaught exception runs no code of the class that it is of. */
import { expect, test } from 'vitest';
import { runScript } from '../helpers/golden-run.ts';

test('its own methods are not asked', () => {
  const library = `
    class 'evil.org/lib' inherits 'puck.uno/error'
      method message() puts 'ran' end
      method to_string() puts 'ran' end
      method class() puts 'ran' end
      method hint() puts 'ran' end
    end`;
  const { stdout, outcome } = runScript("raise %['evil.org/lib'].new('the message')", {
    libraries: { 'evil.org/lib': library },
  });
  expect(stdout).toBe('');
  expect(outcome).toMatchObject({
    ok: false,
    error: { type: 'evil.org/lib', message: 'the message', file: 'script.casp' },
  });
});

test('an exception whose init calls no super has an empty message, and all the rest', () => {
  const source =
    "$c = class inherits 'puck.uno/error'\nmethod init() 1 end\nend\n$e = catch raise $c.new end\nputs $e.message.inspect, $e.line";
  expect(runScript(source).stdout).toBe('""\n4\n');
});

test('what is no exception can not be raised', () => {
  for (const value of ['1', 'null', '[]', '{}', '(class end)', '(class end).new', '%utils', 'closure() 1 end']) {
    expect(runScript(`raise ${value}`).outcome, value).toMatchObject({ error: { type: 'puck.uno/error/argument' } });
  }
});
