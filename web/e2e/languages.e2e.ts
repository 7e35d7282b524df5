// Every page in either language: nothing of the other one stands on the screen but what people wrote.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Api } from './api.ts';
import { enter, launch, visit } from './browser.ts';
import { Product } from './product.ts';

const PLAIN = ['', 'list/person', 'list/task', 'list/document', 'list/financial_account', 'new/person', 'new/interaction', 'merges', 'menu'];
const ADMIN = ['audit', 'org', 'users', 'roles', 'parameters', 'definitions', 'jobs', 'keys', 'account', 'api'].map((page) => `admin/${page}`);
const WALKS: [string, string[]][] = [['rm001', PLAIN], ['ops001', ['imports', 'imports/new']], ['sysadmin001', ADMIN], ['secadmin001', ADMIN], ['audit001', ['admin/audit']], ['compliance001', ['list/subject_request']]];
/** What the platform itself says; everything else that it answers is data. */
const SAID = /\/api\/v1\/(objects|options|definitions|roles|rights|parameters|me|openapi|session)(\/|\?|\.|$)/;
const KEEPERS = /admin|audit/;

let browser: Browser;
let product: Product;
let base: string;
const people: Record<string, Api> = {};

beforeAll(async () => {
  [browser, product] = await Promise.all([launch(), Product.copy()]);
  await product.start();
  ({ base } = product);
  for (const [login] of WALKS) people[login] = KEEPERS.test(login) ? await Api.signInTwice(base, login) : await Api.signIn(base, login);
});
afterAll(async () => {
  await browser?.close();
  await product?.remove();
});

/** Texts, labels, titles and placeholders in sight, without what is typed or written as code. */
function texts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const skipped = 'script, style, code, pre, textarea, .code, .watermark, .sr-code, [lang]:not(html)';
    const found = new Set<string>();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node: Node | null = walker.currentNode; node; node = walker.nextNode()) {
      const element = node instanceof Element ? node : node.parentElement;
      if (!element || element.closest(skipped)) continue;
      if (node instanceof Element) for (const name of ['aria-label', 'title', 'placeholder']) found.add(node.getAttribute(name) ?? '');
      else found.add(node.textContent?.trim() ?? '');
    }
    return [...found].filter((text) => text !== '');
  });
}

function strings(value: unknown, into: Set<string>): void {
  if (typeof value === 'string') into.add(value);
  else if (Array.isArray(value)) value.forEach((one) => strings(one, into));
  else if (value && typeof value === 'object') for (const one of Object.values(value)) strings(one, into);
}

/** The values of parameters, which an institution sets. */
function values(body: unknown, into: Set<string>): void {
  if (Array.isArray(body)) body.forEach((one) => values(one, into));
  else if (body && typeof body === 'object') for (const [name, one] of Object.entries(body)) (/^values?$/.test(name) ? strings : values)(one, into);
}

async function walked(login: string, language: string, pages: string[]): Promise<[string, string][]> {
  const at = await visit(browser, base, 'desktop');
  const { page } = at;
  const data = new Set<string>();
  const reading: Promise<void>[] = [];
  page.on('response', (answer) => {
    const { pathname } = new URL(answer.url());
    if (!pathname.includes('/api/v1/')) return;
    if (pathname.endsWith('/parameters')) reading.push(answer.json().then((body) => values(body, data), () => undefined));
    if (SAID.test(answer.url())) return;
    reading.push(answer.json().then((body) => strings(body, data), () => undefined));
  });
  await page.addInitScript((wanted) => localStorage.setItem('jinyao.language', wanted), language);
  const me = await people[login]?.call<{ name: string; login: string }>('GET', 'me');
  const found: [string, string][] = [];
  for (const path of pages) {
    await enter(at, base, people[login]?.cookie ?? '', path === '' ? '/' : `/app/${path}`);
    await Promise.all(reading);
    const written = [...data, me?.name ?? '', me?.name.slice(-2) ?? '', me?.login ?? ''].filter((text) => text !== '').sort((a, b) => b.length - a.length);
    for (const text of await texts(page)) {
      const rest = written.reduce((left, one) => (left.includes(one) ? left.replaceAll(one, ' ') : left), text);
      found.push([path, rest]);
    }
  }
  await at.close();
  return found;
}

it.each(WALKS)('%s reads English without Chinese', async (login, pages) => {
  const found = await walked(login, 'en', pages);
  expect([...new Set(found.filter(([, text]) => /\p{Script=Han}/u.test(text)).map(([path, text]) => `${path}: ${text}`))]).toEqual([]);
}, 240_000);

it.each(WALKS)('%s reads Chinese without English sentences or codes', async (login, pages) => {
  const found = await walked(login, 'zh-CN', pages);
  const strange = /[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}|\b[a-z]{2,}_[a-z_]+\b|[a-z]+:[a-z]+\.[a-z]/;
  // Definitions are worked on by their names.
  expect([...new Set(found.filter(([path, text]) => path !== 'admin/definitions' && strange.test(text)).map(([path, text]) => `${path}: ${text}`))]).toEqual([]);
}, 240_000);
