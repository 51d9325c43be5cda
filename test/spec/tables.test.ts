/**
 * What spec/ lists by hand is what the source has: methods, fields, limits, verdicts, links between pages.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { exceptionMethods } from '../../src/caspian/builtins/exception.ts';
import type { ClassValue } from '../../src/caspian/native.ts';
import { Engine } from '../../src/engine/engine.ts';
import { CaspianError, NetworkError } from '../../src/errors/classes.ts';
import { Grants } from '../../src/net/grants/grants.ts';
import { type NetDecision, openNet } from '../../src/net/net.ts';
import { standardLibrary } from '../../src/stdlib/classes/net.ts';
import { Asker } from '../../src/stdlib/classes/options.ts';
import { codeIn, pageNames, pagePath, readPage, sectionOf, tableIn } from '../helpers/spec-page.ts';
import { startSpecServers } from '../helpers/spec-servers.ts';

const source = (path: string): string => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

/** What the first column of a section's table has in backticks. */
function listed(page: string, heading: string): string[] {
  return tableIn(sectionOf(readPage(page), heading)).flatMap(([first = '']) => codeIn(first));
}

/** `.recv(max)` → `recv`. */
function methodNames(codes: readonly string[]): string[] {
  return codes.map((code) => /^\.([a-z_0-9]+[?=]?)/.exec(code)?.[1] ?? code).sort();
}

describe('surface.md', () => {
  const library = standardLibrary(null, new Asker());
  const methodsAt = (url: string): string[] => {
    const found: ClassValue | null = library.builtinClass(url);
    return [...(found?.methods.keys() ?? [])].sort();
  };

  it.each([
    ['%net', '`%net`', 'puck.uno/net'],
    ['a socket', 'Sockets', 'puck.uno/socket/tcp'],
    ['a listener', 'Listeners', 'puck.uno/socket/tcp_listener'],
    ['a datagram socket', 'Datagrams', 'puck.uno/socket/udp'],
    ['a response', 'The response', 'puck.uno/http/response'],
    ['a client', 'HTTP clients', 'puck.uno/http/client'],
    ['a WebSocket', 'WebSockets', 'puck.uno/web_socket'],
    ['an event stream', 'Event streams', 'puck.uno/event_source'],
  ])('lists the methods of %s', (_what, heading, url) => {
    const section = sectionOf(readPage('surface.md'), heading);
    const table = section.slice(section.indexOf('| Method |'));
    const names = tableIn(table).flatMap(([first = '']) => codeIn(first));
    expect(methodNames(names)).toEqual(methodsAt(url));
  });

  it('lists what a TLS socket has beside a TCP socket', () => {
    const section = sectionOf(readPage('surface.md'), 'TLS');
    const own = tableIn(section.slice(section.indexOf('| Method |'))).flatMap(([first = '']) => codeIn(first));
    const plain = methodsAt('puck.uno/socket/tcp');
    expect(methodNames(own)).toEqual(methodsAt('puck.uno/socket/ssl').filter((name) => !plain.includes(name)));
  });

  it('lists classes that are there', () => {
    for (const url of listed('surface.md', 'Classes by URL')) expect(library.builtinClass(url)?.url).toBe(url);
  });

  it('names the headers that are not sent', async () => {
    const text = sectionOf(readPage('surface.md'), 'Headers').split('These are not the script')[1] ?? '';
    const names = codeIn(text).filter((name) => !name.endsWith('-'));
    expect(names.length).toBeGreaterThan(10);
    await using servers = await startSpecServers();
    await using net = openNet(Grants.parse({ allowNet: ['127.0.0.1'] }));
    const dropped: string[] = [];
    net.on('decision', (decision: NetDecision) => {
      if (decision.verdict === 'header_dropped') dropped.push(decision.header);
    });
    const headers = Object.fromEntries(names.map((name) => [name, 'x']));
    const small = net.narrow(['*'], { methods: ['GET'] });
    await (await small.fetch(`http://127.0.0.1:${servers.http}/users/42`, { headers })).close();
    expect(dropped.sort()).toEqual(names.map((name) => name.toLowerCase()).sort());
  });
});

describe('errors.md', () => {
  const fields = tableIn(sectionOf(readPage('errors.md'), 'Fields')).map((row) => row.slice(0, 2).flatMap(codeIn));

  it('lists every field of an error', () => {
    const own = [...Object.keys(new NetworkError('x')).filter((name) => name !== 'name'), 'message'];
    expect(fields.map(([, name]) => name).sort()).toEqual(own.sort());
  });

  it('lists what an exception of a script answers', () => {
    const methods = new Map();
    exceptionMethods(methods);
    const also = /A script's exception also answers ([^\n]*?) and (`\.\w+`)\./.exec(readPage('errors.md'));
    const named = [...fields.map(([name = '']) => name), ...codeIn(`${also?.[1]} ${also?.[2]}`)];
    expect(methodNames(named)).toEqual([...methods.keys()].filter((name) => name !== 'to_string').sort());
  });
});

describe('boundary.md', () => {
  const limits = tableIn(sectionOf(readPage('boundary.md'), 'Limits'));

  it.each(limits.map(([what, number, where]) => [what, number, where] as const))('%s', (_what, number, where = '') => {
    const [name = '', path = ''] = codeIn(where);
    const value = new RegExp(`^(?:export )?const ${name} = ([0-9_* ]+);`, 'm').exec(source(path))?.[1] ?? '';
    const product = value.split('*').reduce((all, factor) => all * Number(factor.replaceAll('_', '')), 1);
    const power = /\*\*/.test(value) ? 2 ** Number(value.split('**')[1]) : product;
    expect(String(power)).toBe(number);
  });
});

describe('launcher.md', () => {
  it('lists the fields of a decision', async () => {
    await using net = openNet(Grants.parse({ allowNet: ['127.0.0.1'] }));
    const seen: NetDecision[] = [];
    net.on('decision', (decision) => seen.push(decision));
    await net.tcp('example.com', 80).catch(() => {});
    expect(listed('launcher.md', '`--net-report`').sort()).toEqual(Object.keys(seen[0] ?? {}).sort());
  });

  it('lists every verdict', () => {
    const line = readPage('launcher.md')
      .split('\n')
      .find((text) => text.startsWith('The verdicts are'));
    const text = source('src/net/grants/verdict.ts');
    const kinds = text.slice(text.indexOf('type DenialKind'), text.indexOf(';', text.indexOf('type DenialKind')));
    const known = [...kinds.matchAll(/\| '(\w+)'/g)].map(([, kind]) => kind);
    expect(codeIn(line ?? '')).toEqual(['allowed', ...known]);
  });
});

describe('embedding.md', () => {
  it('lists the limits of an engine', () => {
    const wrong = { nothing: 1 } as object;
    const hint = (() => {
      try {
        new Engine({ limits: wrong });
      } catch (error) {
        return error instanceof CaspianError ? error.hint : null;
      }
      return null;
    })();
    expect(`the options are: ${listed('embedding.md', 'Limits').join(', ')}`).toBe(hint);
  });
});

describe('all pages', () => {
  it('are in the index', () => {
    const links = [...readPage('README.md').matchAll(/\]\(([a-z-]+\.md)\)/g)].map(([, file]) => file);
    expect(links.sort()).toEqual(pageNames().filter((name) => name !== 'README.md'));
  });

  it.each(pageNames())('%s links to what is there', (name) => {
    for (const [, file = '', anchor = ''] of readPage(name).matchAll(/\]\(([^)#:]*)(?:#([^)]*))?\)/g)) {
      const target = file === '' ? name : file;
      expect(existsSync(pagePath(target)), target).toBe(true);
      if (anchor !== '') expect(anchorsOf(target)).toContain(anchor);
    }
  });
});

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(name: string): string[] {
  const headings = readPage(name).matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
