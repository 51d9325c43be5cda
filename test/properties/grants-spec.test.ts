/**
 * spec/grants.md is run: the rules and verdicts in its `grants` blocks are what the code answers.
 */
import { describe, expect, test } from 'vitest';
import { CaspianError } from '../../src/errors/classes.ts';
import { ADDRESS_SETS } from '../../src/net/address/sets.ts';
import { Capability } from '../../src/net/capability.ts';
import { Grants } from '../../src/net/grants/grants.ts';
import type { RuleInput } from '../../src/net/grants/input.ts';
import type { RuleUse } from '../../src/net/grants/rule.ts';
import { parseRule } from '../../src/net/grants/syntax.ts';
import { blocksOf, codeIn, readPage, sectionOf, tableIn } from '../helpers/spec-page.ts';

const page = readPage('grants.md');

function linesOf(name: string | null): readonly (readonly [string, ...string[]])[] {
  const blocks = blocksOf(page).filter((block) => block.language === 'grants' && block.name === name);
  return blocks.flatMap(({ text }) =>
    text
      .trimEnd()
      .split('\n')
      .map((line): [string, ...string[]] => [
        line.replace(/ +/g, ' ').trim(),
        ...line.split('|').map((cell) => cell.trim()),
      ]),
  );
}

/** `allow=a,b deny` → { allow: ['a,b'], deny: true } */
function wordsOf(text: string): ReadonlyMap<string, RuleInput> {
  const words = text.split(/ +/).filter((word) => word !== '');
  return new Map(
    words.map((word) => {
      const [, key = '', value] = /^([a-z_]+)(?:=(.*))?$/.exec(word) ?? [];
      expect(['allow', 'deny', 'listen', 'methods', 'paths', 'https_only', 'raw', 'max_requests', 'expires']).toContain(
        key,
      );
      return [key, value === undefined ? true : [value]];
    }),
  );
}

function optionsOf(text: string): Record<string, unknown> {
  const read = (value: unknown): unknown => {
    const [only = ''] = value as readonly string[];
    return /^(?:true|false|[0-9]+)$/.test(only) ? JSON.parse(only) : only.split(',');
  };
  const isList = (key: string) => key === 'listen' || key === 'deny';
  return Object.fromEntries([...wordsOf(text)].map(([key, value]) => [key, isList(key) ? value : read(value)]));
}

/** `allow=* > a.example methods=GET` as a capability. */
function capabilityOf(text: string): Capability {
  const [flags = '', ...layers] = text.split(/(?:^| )> /);
  const words = wordsOf(flags);
  const root = Grants.parse({
    allowNet: words.get('allow'),
    denyNet: words.get('deny'),
    allowListen: words.get('listen'),
  });
  return layers.reduce((parent, layer) => {
    const [, rules = '', options = ''] = /^(\S+) ?(.*)$/.exec(layer.trim()) ?? [];
    return parent.narrow(rules.split(','), optionsOf(options));
  }, Capability.root(root));
}

function ask(capability: Capability, question: string): unknown {
  const [, operation = '', method = '', target = ''] = /^([a-z]+) (?:([A-Z]+) )?(\S+)$/.exec(question) ?? [];
  if (operation === 'fetch') return capability.permitRequest({ operation, method, url: new URL(target) });
  const cut = target.lastIndexOf(':');
  const host = target.slice(0, cut);
  const port = Number(target.slice(cut + 1));
  if (operation === 'listen') return capability.permitListen({ operation, host, port });
  if (operation === 'connect') return capability.permitConnect({ operation, host, port });
  expect(operation).toBe('dial');
  const named = { host: { kind: 'name', text: 'a.example' } as const, port, written: 'a.example' };
  return capability.vet(named, [host.replace(/^\[|\]$/g, '')]);
}

function raised(action: () => unknown): CaspianError | null {
  try {
    action();
    return null;
  } catch (error) {
    if (error instanceof CaspianError) return error;
    throw error;
  }
}

describe('verdicts', () => {
  const lines = linesOf(null);
  test.each(lines)('%s', (_, grants, question = '', verdict, message, hint) => {
    const capability = capabilityOf(grants ?? '');
    const error = raised(() => ask(capability, question));
    expect(error?.type.split('/').at(-1) ?? 'allowed').toBe(verdict);
    if (message !== undefined) expect(error?.message).toBe(message);
    if (hint !== undefined) expect(error?.hint).toBe(hint);
  });

  test('the page has many', () => expect(lines.length).toBeGreaterThan(80));
});

describe('rules', () => {
  test.each(linesOf('rules'))('%s', (_, left = '', right = '') => {
    const [use = '', raw = ''] = left.split(/ +/);
    const rule = parseRule(raw, use as RuleUse);
    if ('refused' in rule) expect(right).toBe(`refused: ${rule.refused.slice(0, right.length - 'refused: '.length)}`);
    else expect(rule.text).toBe(right);
    expect(right).not.toBe('refused: ');
  });

  test('every rule of the table is one', () => {
    const rules = tableIn(sectionOf(page, 'Rules')).flatMap(([first = '', second = '']) => [
      ...codeIn(first).map((code) => [code, code === 'private' ? 'deny' : 'connect'] as const),
      ...codeIn(second.replace('`example.com`', ''))
        .filter((code) => code !== '--deny-net')
        .map((code) => [code, 'connect'] as const),
    ]);
    expect(rules.length).toBeGreaterThan(10);
    for (const [text, use] of rules) expect(parseRule(text, use)).not.toHaveProperty('refused');
  });
});

test('the sets are those of the table, in the same words', () => {
  const rows = tableIn(sectionOf(page, 'Sets of addresses')).map(([name = '', doc]) => [codeIn(name)[0], doc]);
  expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(ADDRESS_SETS.map(({ name, doc }) => [name, doc])));
});
