/** The dashboard from the shell, and in a browser: what comes is shown, filters filter, the keyboard reaches all, no name runs. */
import { spawn } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { Server } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Source } from '../../src/egress/dashboard/feed.ts';
import { type Dashboard, openDashboard } from '../../src/egress/dashboard/server.ts';
import { hasFailed, type JournalRow } from '../../src/egress/journal/row.ts';
import { type TestEgress, testEgress } from '../helpers/egress.ts';

const CHROMIUM = '/usr/bin/chromium';
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];
const PATIENCE_MS = 15_000;
const HOSTILE = '<img src=x onerror="document.title=1">';

const isMissing = !existsSync(CHROMIUM) && process.env['CI'] !== 'true';

function row(changes: Partial<JournalRow>): JournalRow {
  return {
    ...{
      at: Date.now() - 5_000,
      app: 'billing',
      method: 'GET',
      host: 'api.test',
      path: '/v1',
      status: 200,
      error: null,
    },
    ...{
      address: '192.0.2.1',
      ms: 40,
      bytesIn: 1,
      bytesOut: 0,
      cached: false,
      tries: 1,
      verdict: 'ok',
      rule: 'allow x',
    },
    ...changes,
  };
}

const bin = fileURLToPath(new URL('../../bin/caspian-net.cjs', import.meta.url));

test('the command prints the link, serves until Ctrl-C, and says what is wrong with a port', async () => {
  await using egress = await testEgress();
  const child = spawn(process.execPath, [bin, 'dashboard', '--state=:memory:', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line]: unknown[] = await once(createInterface({ input: child.stdout }), 'line');
  const said: unknown = JSON.parse(String(line));
  expect(said).toEqual({ open: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43}$/) });
  const port = Number(/:(\d+)\//.exec(String(line))?.[1]);
  await expect(openDashboard(egress.egress, { port })).rejects.toThrow(`the dashboard can not have port ${port}: `);
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('a peer that can not be accepted, now and then, does not end it', async () => {
  await using egress = await testEgress();
  const servers: Server[] = [];
  const onListen = (message: unknown): void => {
    if (typeof message === 'object' && message !== null && 'server' in message && message.server instanceof Server)
      servers.push(message.server);
  };
  subscribe('tracing:net.server.listen:asyncStart', onListen);
  await using dashboard = await openDashboard(egress.egress, { port: 0 });
  unsubscribe('tracing:net.server.listen:asyncStart', onListen);
  expect(servers).toHaveLength(1);
  for (let turn = 0; turn < 3; turn++) servers[0]?.emit('error', new Error('accept EMFILE'));
  expect((await fetch(dashboard.link, { redirect: 'manual' })).status).toBe(303);
});

describe.skipIf(isMissing)(`the page${isMissing ? ` (skipped: there is no ${CHROMIUM})` : ''}`, () => {
  let egress: TestEgress;
  let dashboard: Dashboard;
  let browser: Browser;
  let page: Page;
  let complaints: string[] = [];
  let rows: (JournalRow & { readonly id: number })[] = [];
  const add = (changes: Partial<JournalRow>) => rows.push({ ...row(changes), id: rows.length + 1 });
  // The journal's own rows have passed a policy that knows no such hosts: these have not.
  const journal: Source['journal'] = async ({ app, host, status, afterId = 0, limit }) =>
    rows
      .filter((each) => each.id > afterId && [each.app, undefined].includes(app))
      .filter((each) => [each.host, undefined].includes(host) && isOf(each, status))
      .slice(-limit);

  beforeAll(async () => {
    egress = await testEgress();
    // A profile of its own, which goes with it.
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
  }, 60_000);

  beforeEach(async () => {
    [rows, complaints] = [[], []];
    add({});
    add({ app: 'mailer', host: 'denied.test', verdict: 'denied', status: null, error: 'NET_HOST_NOT_ALLOWED' });
    dashboard = await openDashboard({ journal, limits: (given) => egress.egress.limits(given) }, { port: 0 });
    page = await browser.newPage({ viewport: { width: 375, height: 800 } });
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(dashboard.link);
    await expect.poll(hosts, { timeout: PATIENCE_MS }).toEqual(['denied.test', 'api.test']);
    await expect.poll(() => page.locator('#apps li').count(), { timeout: PATIENCE_MS }).toBe(2);
  });

  afterEach(async () => {
    await page.close();
    await dashboard.close();
  });

  afterAll(async () => {
    await browser?.close();
    await egress?.[Symbol.asyncDispose]();
  });

  /** The verdicts that the tests filter by. */
  const isOf = (each: JournalRow, status = each.verdict as string): boolean =>
    status === 'failed' ? hasFailed(each) : status === each.verdict;

  const hosts = () => page.locator('#rows .host').allTextContents();

  test('shows what was there and what comes, and the link is no longer in the address', async () => {
    expect(page.url()).not.toContain('token');
    add({ host: 'live.test' });
    await expect.poll(hosts, { timeout: PATIENCE_MS }).toEqual(['live.test', 'denied.test', 'api.test']);
    await expect.poll(() => page.locator('#connection').textContent(), { timeout: PATIENCE_MS }).toBe('live');
    await expect.poll(() => page.locator('#hosts').textContent(), { timeout: PATIENCE_MS }).toBe('denied.test1');
    await expect
      .poll(() => page.locator('#limits').textContent(), { timeout: PATIENCE_MS })
      .toContain('0 of 100 leased · 500/min');
    expect(await page.locator('#p95').textContent()).toMatch(/^4\d ms$/);
    expect(await page.locator('canvas').count()).toBe(2);
    expect(await page.locator('#calls-chart').getAttribute('aria-label')).toContain('3 calls, 1 denied, 0 failed');
  });

  test('numbers are in groups of three, and an app has a line for its figures on a phone', async () => {
    for (let call = 0; call < 1_234; call++) add({ app: 'a'.repeat(40), verdict: 'denied', status: null });
    await expect.poll(() => page.locator('#denied').textContent(), { timeout: PATIENCE_MS }).toBe('1,235');
    const [app] = await page.locator('#apps li').all();
    expect(await app?.textContent()).toContain('1,234 calls · 1,234 denied');
    const [name, figures] = [await app?.locator('.name').boundingBox(), await app?.locator('.figure').boundingBox()];
    expect(figures?.y).toBeGreaterThanOrEqual((name?.y ?? 0) + (name?.height ?? 0));
  });

  test('filters what was there and what comes, by hand and by a name in a list', async () => {
    await page.getByLabel('Verdict').selectOption('denied');
    await expect.poll(hosts, { timeout: PATIENCE_MS }).toEqual(['denied.test']);
    add({ host: 'unseen.test' });
    add({ host: 'seen.test', verdict: 'denied', status: null, error: 'NET_HOST_NOT_ALLOWED' });
    await expect.poll(hosts, { timeout: PATIENCE_MS }).toEqual(['seen.test', 'denied.test']);
    await page.getByRole('button', { name: 'mailer' }).press('Enter');
    await expect.poll(hosts, { timeout: PATIENCE_MS }).toEqual(['denied.test']);
    expect(await page.getByRole('textbox', { name: 'App' }).inputValue()).toBe('mailer');
    await page.getByRole('button', { name: 'Clear' }).press('Space');
    await expect.poll(async () => (await hosts()).length, { timeout: PATIENCE_MS }).toBe(4);
  });

  test('names of hosts, apps and paths are text, and what hides in them is seen', async () => {
    add({
      app: HOSTILE,
      host: HOSTILE,
      path: '/\u202egnp.exe\u200b',
      verdict: 'denied',
      status: null,
      error: HOSTILE,
      rule: HOSTILE,
    });
    await expect.poll(hosts, { timeout: PATIENCE_MS }).toContain(HOSTILE);
    await expect.poll(() => page.locator('#hosts').textContent(), { timeout: PATIENCE_MS }).toContain(HOSTILE);
    expect(await page.locator('#rows .path').first().textContent()).toBe('/\\u{202e}gnp.exe\\u{200b}');
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.title()).toBe('caspian-net');
    // Even where somebody made markup of it, no script would run.
    expect(await page.evaluate("try { document.body.innerHTML = '<p>'; 'made' } catch (error) { error.name }")).toBe(
      'TypeError',
    );
    expect(complaints.filter((text) => !text.includes('TrustedHTML'))).toEqual([]);
  });

  test('is reached by keyboard, in order, and fits a phone', async () => {
    const reached: string[] = [];
    for (let step = 0; step < 30 && !reached.includes('Journal rows'); step++) {
      await page.keyboard.press('Tab');
      reached.push(
        await page.evaluate(
          "(({ activeElement: e }) => e.className === 'scroll' ? 'Journal rows' : e.name || e.textContent)(document)",
        ),
      );
    }
    const inOrder = [
      'Skip to the journal',
      'denied.test',
      'billing',
      'app',
      'host',
      'verdict',
      'Clear',
      'Pause',
      'Journal rows',
    ];
    expect(reached.filter((name) => inOrder.includes(name))).toEqual(inOrder);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(375);
  });

  test.each([320, 360, 768, 1024, 1280])('at %i pixels nothing of a row is out of sight', async (width) => {
    await page.setViewportSize({ width, height: 800 });
    add({ verdict: 'reported', app: 'import.nightly' });
    add({ status: 503, host: `${'l'.repeat(60)}.test`, app: 'a'.repeat(64), rule: `allow ${'l'.repeat(60)}.test` });
    await expect.poll(async () => (await hosts()).length, { timeout: PATIENCE_MS }).toBe(4);
    expect(
      await page.evaluate("(({ scrollWidth: a, clientWidth: b }) => a - b)(document.querySelector('.scroll'))"),
    ).toBe(0);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    expect(await page.locator('td.status').allTextContents()).toEqual([
      '503 failed',
      '200',
      'NET_HOST_NOT_ALLOWED',
      '200',
    ]);
    for (const legend of await page.locator('.legend li').all())
      expect((await legend.boundingBox())?.height).toBeLessThan(25);
  });

  test('what failed is found, and what the egress says of itself', async () => {
    add({ host: 'broken.test', status: 500 });
    add({ host: 'away.test', status: null, verdict: 'error', error: 'NET_DNS' });
    add({ host: '', app: '', method: '', status: null, verdict: 'state', rule: 'limits are shared again' });
    await expect.poll(() => page.locator('#failed').textContent(), { timeout: PATIENCE_MS }).toBe('2');
    await page.getByLabel('Verdict').selectOption('failed');
    await expect.poll(hosts, { timeout: PATIENCE_MS }).toEqual(['away.test', 'broken.test']);
    await page.getByLabel('Verdict').selectOption('state');
    await expect.poll(() => page.locator('#rows .rule').allTextContents()).toEqual(['limits are shared again']);
    await page.getByRole('textbox', { name: 'App' }).fill('nobody');
    await expect.poll(() => page.locator('#found').textContent()).toBe('No call is like that.');
  });

  test('says how many names there are beyond those listed', async () => {
    for (let host = 0; host < 11; host++) add({ host: `h${host}.test`, verdict: 'denied', status: null });
    await expect.poll(() => page.locator('#hosts-more').textContent(), { timeout: PATIENCE_MS }).toBe('and 4 more');
    expect(await page.locator('#hosts .name').first().getAttribute('title')).toBe('denied.test');
  });

  test('says that it is paused, and that it is old', async () => {
    const [top, notice] = [page.locator('#connection'), page.locator('#stale')];
    await expect.poll(() => top.textContent(), { timeout: PATIENCE_MS }).toBe('live');
    await page.getByRole('button', { name: 'Pause' }).press('Enter');
    expect(await top.textContent()).toBe('journal paused');
    await page.getByRole('button', { name: 'Resume' }).press('Enter');
    expect(await top.textContent()).toBe('live');
    expect(await notice.isVisible()).toBe(false);
    await dashboard.close();
    await expect
      .poll(() => notice.textContent(), { timeout: PATIENCE_MS })
      .toMatch(/^Not live: .* This was so at [\d:]{8}\.$/);
    await page.locator('#journal').scrollIntoViewIfNeeded();
    await page.getByRole('button', { name: 'Clear' }).focus();
    expect((await notice.boundingBox())?.y).toBe(0);
    complaints = [];
  });

  test('an empty journal says so', async () => {
    rows = [];
    await page.reload();
    await expect.poll(() => page.locator('#found').textContent(), { timeout: PATIENCE_MS }).toBe('No call yet.');
  });

  test('a second browser with the same link stays outside', async () => {
    const other = await browser.newPage();
    const answer = await other.goto(dashboard.link);
    expect(answer?.status()).toBe(403);
    await other.close();
  });
});
