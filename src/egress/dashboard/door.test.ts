import { expect, test } from 'vitest';
import { type Asked, Door, HEADERS } from './door.ts';

const AUTHORITY = '127.0.0.1:8000';

function asked(url: string, headers: Asked['headers'] = {}, method = 'GET'): Asked {
  return { method, url, headers: { host: AUTHORITY, ...headers } };
}

/** A door that a browser has come through: its path, and what it sends along. */
function enter(door: Door) {
  const entered = door.decide(asked(door.link.slice(`http://${AUTHORITY}`.length)));
  if (entered.kind !== 'entered') throw new Error('the link did not lead in');
  const [pair = ''] = entered.cookie.split(';');
  return { home: entered.location, cookie: pair, said: entered.cookie };
}

test('the link leads in once, and the cookie from then on', () => {
  const door = new Door(AUTHORITY);
  const { home, cookie, said } = enter(door);
  expect(said).toBe(`${cookie}; Path=${home}; HttpOnly; SameSite=Strict`);
  expect(door.decide(asked(door.link.slice(`http://${AUTHORITY}`.length)))).toMatchObject({
    kind: 'refused',
    status: 403,
    reason: expect.stringContaining('used already'),
  });
  expect(door.decide(asked(`${home}rows?app=a`, { cookie: `other=1; ${cookie}` }))).toMatchObject({
    kind: 'admitted',
    name: 'rows',
  });
  expect(
    door.decide(asked(home, { cookie, origin: `http://${AUTHORITY}`, 'sec-fetch-site': 'same-origin' })),
  ).toMatchObject({ kind: 'admitted', name: '' });
});

test.each([
  ['no token', '/', 401],
  ['an empty token', '/?token=', 403],
  ['another token', `/?token=${'A'.repeat(43)}`, 403],
  ['a path without a cookie', '/rows', 401],
])('%s does not lead in, and the link still does', (_what, url, status) => {
  const door = new Door(AUTHORITY);
  expect(door.decide(asked(url))).toMatchObject({ kind: 'refused', status });
  enter(door);
});

test.each([
  ['another name that leads here', { host: 'evil.test:8000' }, 'GET', 421],
  ['localhost', { host: 'localhost:8000' }, 'GET', 421],
  ['another port', { host: '127.0.0.1:8001' }, 'GET', 421],
  ['no host', { host: undefined }, 'GET', 421],
  ['another origin', { origin: 'http://evil.test' }, 'GET', 403],
  ['an origin that is hidden', { origin: 'null' }, 'GET', 403],
  ['another site', { 'sec-fetch-site': 'cross-site' }, 'GET', 403],
  ['another port of this machine', { 'sec-fetch-site': 'same-site' }, 'GET', 403],
  ['POST', {}, 'POST', 405],
  ['HEAD', {}, 'HEAD', 405],
  ['OPTIONS', {}, 'OPTIONS', 405],
  ['another cookie', { cookie: 'session=AAAA' }, 'GET', 401],
  ['a name that ends like the cookie', { cookie: 'xsession=AAAA' }, 'GET', 401],
])('%s is refused, even with what else is right', (_what, headers, method, status) => {
  const door = new Door(AUTHORITY);
  const { home, cookie } = enter(door);
  expect(door.decide(asked(home, { cookie, ...headers }, method))).toMatchObject({ kind: 'refused', status });
});

test('a cookie leads to its path alone, and two doors share nothing', () => {
  const [door, other] = [new Door(AUTHORITY), new Door(AUTHORITY)];
  const { home, cookie } = enter(door);
  expect(door.decide(asked('/rows', { cookie }))).toMatchObject({ status: 404 });
  expect(other.decide(asked(home, { cookie }))).toMatchObject({ status: 401 });
  expect(other.link).not.toBe(door.link);
});

test('the policy of the page lets nothing in that is not its own', () => {
  const policy = HEADERS['content-security-policy'] ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|\*|data:|blob:|http/);
});
