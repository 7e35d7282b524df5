// Rough ground: the server goes and comes back, definitions change under an open form, the line is
// slow, a proxy puts a path before the product.
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Api, type Made } from './api.ts';
import { enter, launch, settle, signIn, travel } from './browser.ts';
import { Product } from './product.ts';

let browser: Browser;
let product: Product;

beforeAll(async () => {
  [browser, product] = await Promise.all([launch(), Product.copy()]);
  await product.start();
});
afterAll(async () => {
  await browser?.close();
  await product?.remove();
});

/** A required field's label carries its star. */
const named = (page: Page) => page.getByLabel(/^姓名/).first();

it('a server that restarts under the app loses no form and makes no second record', () => travel(browser, product.base, 'desktop', async ({ page }) => {
  const { base } = product;
  await signIn(page, base, 'rm001');
  await page.goto(`${base}/app/new/person`);
  await named(page).fill('重启之间');
  await product.kill();
  await page.getByRole('button', { name: '保存' }).click();
  await page.waitForTimeout(500);
  await product.start();
  const again = page.getByRole('button', { name: '重试' });
  const made = page.getByRole('heading', { level: 1, name: '重启之间' });
  await again.or(made).waitFor();
  // The app may have tried again by itself meanwhile.
  await again.click({ timeout: 2000 }).catch(() => undefined);
  await made.waitFor();
  await page.goto(`${base}/app/list/person`);
  await page.getByRole('heading', { level: 1, name: '个人客户' }).waitFor();
  await product.kill();
  await page.getByRole('link', { name: '工作台' }).first().click();
  await product.start();
  await page.getByRole('heading', { level: 1 }).waitFor();
  const api = await Api.signIn(base, 'rm001');
  const found = await api.call<{ records: Made[] }>('GET', `records/person?columns=name&filter=${encodeURIComponent("name = '重启之间'")}`);
  expect(found.records.length).toBe(1);
}));

it('an open form takes up new definitions and keeps what was typed', () => travel(browser, product.base, 'desktop', async ({ page }) => {
  const { base } = product;
  await signIn(page, base, 'rm001');
  await page.goto(`${base}/app/new/interaction`);
  await page.getByLabel('主题').fill('发布之前');
  const admin = await Api.signInTwice(base, 'sysadmin001');
  const path = 'core/objects/interaction.toml';
  const { text } = await admin.call<{ text: string }>('GET', `definitions/files?path=${encodeURIComponent(path)}`);
  const field = '\n[fields.mood]\ntype = "text"\nmax = 20\nlabel = { zh = "心情", en = "Mood" }\nrequired = true\n';
  await admin.call('PUT', `definitions/draft/${path}`, { text: text.replace('\n[fields.', `${field}\n[fields.`) });
  await admin.call('POST', 'definitions/publish', { note: '试发布' });
  await page.getByRole('button', { name: '保存' }).click();
  await page.locator('.violations').waitFor();
  await page.getByLabel('心情').waitFor();
  expect(await page.getByLabel('主题').inputValue()).toBe('发布之前');
}));

it('on a slow line the app says that it works, and comes', () => travel(browser, product.base, 'phone', async ({ page }) => {
  const { base } = product;
  await signIn(page, base, 'rm001');
  const line = await page.context().newCDPSession(page);
  await line.send('Network.enable');
  await line.send('Network.emulateNetworkConditions', { offline: false, latency: 600, downloadThroughput: 40_000, uploadThroughput: 20_000 });
  await page.goto(`${base}/app/list/person`, { waitUntil: 'commit' });
  await page.locator('.card').first().waitFor({ timeout: 60_000 });
  const title = page.locator('.card').first();
  await title.click();
  await page.locator('.record-head').waitFor({ timeout: 60_000 });
}));

/** Takes requests below `prefix` only and passes them on without it, as reverse proxies do. */
function proxy(prefix: string, target: string): Promise<{ base: string; close: () => void }> {
  const server: Server = createServer((asked, answer) => {
    if (!asked.url?.startsWith(`${prefix}/`)) {
      answer.writeHead(404).end();
      return;
    }
    const passed = request(`${target}${asked.url.slice(prefix.length)}`, { method: asked.method, headers: asked.headers }, (given) => {
      answer.writeHead(given.statusCode ?? 502, given.headers);
      given.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    asked.pipe(passed);
  });
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done({
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`,
    close: () => server.close(),
  })));
}

it('behind a proxy with a path before it everything stays below that path', async () => {
  const front = await proxy('/bank/crm', product.base);
  try {
    await travel(browser, front.base, 'desktop', async ({ page }) => {
      await signIn(page, `${front.base}/`, 'rm001');
      await page.getByRole('link', { name: '个人客户' }).first().click();
      await page.locator('.grid-line').first().waitFor();
      expect(page.url()).toContain('/bank/crm/app/list/person');
      await page.goto(`${front.base}/app/new/person`);
      await named(page).fill('代理之后');
      await page.getByRole('button', { name: '保存' }).click();
      await page.getByRole('heading', { level: 1, name: '代理之后' }).waitFor();
      await page.reload();
      await page.getByRole('heading', { level: 1, name: '代理之后' }).waitFor();
      await settle(page);
      expect(page.url()).toMatch(/\/bank\/crm\/app\/record\/person\//);
    });
  } finally {
    front.close();
  }
});

it('a hostile record stays text in the audit log', () => travel(browser, product.base, 'desktop', async (at) => {
  const { base } = product;
  const { page } = at;
  const rm = await Api.signIn(base, 'rm001');
  const script = '<img src=x onerror="window.harmed=1">שלום';
  await rm.call('POST', 'records/person', { name: script, hobbies: script, employer: script, remark: '长'.repeat(2000) });
  const auditor = await Api.signInTwice(base, 'audit001');
  await enter(at, base, auditor.cookie, '/app/admin/audit');
  await page.getByRole('button', { name: '新建', exact: true }).first().click();
  await page.getByRole('dialog').getByText('<img src=x').first().waitFor();
  expect(await page.evaluate(() => [(window as unknown as { harmed?: number }).harmed ?? 0, document.documentElement.scrollWidth - window.innerWidth])).toEqual([0, 0]);
}));

it('on a phone the head of a page is there before the app, and is the same', () => travel(browser, product.base, 'phone', async ({ page }) => {
  const { base } = product;
  await signIn(page, base, 'rm001');
  const rm = await Api.signIn(base, 'rm001');
  const { records } = await rm.call<{ records: Made[] }>('GET', 'records/person?columns=name&limit=1&filter=owner%20%3D%20me');
  let go = () => undefined as void;
  const held = new Promise<void>((free) => { go = free; });
  await page.route('**/assets/start-*.js', async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(`${base}/app/record/person/${records[0]?.id}`, { waitUntil: 'commit' });
  const first = page.locator('#sight h1');
  await first.waitFor();
  expect(await first.innerText()).toBe(records[0]?.values.name);
  expect(await page.locator('.shell').count()).toBe(0);
  const figures = await page.locator('#sight span').allInnerTexts();
  go();
  await page.locator('.record-page .highlights').waitFor();
  expect(await page.locator('#sight').count()).toBe(0);
  const shown = await page.locator('.record-page .highlights').innerText();
  for (const figure of figures) expect(shown).toContain(figure);
  expect(figures.some((figure) => figure !== '')).toBe(true);
}));
