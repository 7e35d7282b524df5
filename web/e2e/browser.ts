// A browser as people hold it: a desktop and a phone. Nothing on a page may break the policy, throw,
// or reach another host; a failure leaves a picture.
import axe from 'axe-core';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';

export const DEVICES = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const;
export type Device = keyof typeof DEVICES;

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Pictures of the pages: kept with the documents when asked for, else only looked at. */
const SCREENS = process.env.JINYAO_SCREENS ? join(ROOT, 'docs/screens') : join(ROOT, 'target/screens');
/** Characters of a page's text that a failure tells. */
const SHOWN = 2_000;
const FLAGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
}

export interface Visit { page: Page; device: Device; complaints: string[]; close: () => Promise<void> }

export async function visit(browser: Browser, base: string, device: Device): Promise<Visit> {
  const context = await browser.newContext({ viewport: DEVICES[device], hasTouch: device === 'phone', locale: 'zh-CN', timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce' });
  await context.tracing.start({ snapshots: true });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  listen(page);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) complaints.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(base) && !/^(data|blob|chrome|chrome-extension):/.test(request.url())) complaints.push(`elsewhere: ${request.url()}`);
  });
  page.on('dialog', (dialog) => {
    if (dialog.type() === 'beforeunload') {
      void dialog.accept();
      return;
    }
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return { page, device, complaints, close: () => context.close() };
}

/** A visit for one piece of work: without complaints, and a picture is left when it fails. */
export async function travel(browser: Browser, base: string, device: Device, work: (at: Visit) => Promise<void>): Promise<void> {
  const at = await visit(browser, base, device);
  try {
    await work(at);
    expect(at.complaints.join('\n')).toBe('');
  } catch (error) {
    await failed(at, error);
    throw error;
  } finally {
    await at.close();
  }
}

/** How much a page asked for that is not answered, and when that last changed. */
const asking = new WeakMap<Page, { open: number; at: number }>();
/** Milliseconds without a question or an answer after which a page has all it wants. */
const QUIET = 300;
const PATIENCE = 20_000;

function listen(page: Page): void {
  const asked = { open: 0, at: Date.now() };
  const counted = (by: number) => () => {
    asked.open += by;
    asked.at = Date.now();
  };
  page.on('request', counted(1));
  page.on('requestfinished', counted(-1));
  page.on('requestfailed', counted(-1));
  asking.set(page, asked);
}

/** Waits until a page has all it asked for, and shows it. */
export async function settle(page: Page): Promise<void> {
  const start = Date.now();
  const quiet = () => {
    const { open, at } = asking.get(page) ?? { open: 0, at: start };
    return open === 0 && Date.now() - Math.max(at, start) >= QUIET;
  };
  while (!quiet()) {
    if (Date.now() - start > PATIENCE) throw new Error(`${page.url()} does not come to rest`);
    await page.waitForTimeout(30);
  }
  await page.evaluate(() => new Promise((drawn) => { requestAnimationFrame(() => requestAnimationFrame(drawn)); }));
}

export async function signIn(page: Page, base: string, login: string, password = 'Jinyao-Demo-1'): Promise<void> {
  await page.goto(base);
  await page.locator('input[name=login]').fill(login);
  await page.locator('input[name=password]').fill(password);
  await page.keyboard.press('Enter');
  await page.locator('.shell').waitFor();
  await settle(page);
}

/** Goes on with a session that was opened elsewhere. */
export async function enter({ page }: Visit, base: string, cookie: string, path: string): Promise<void> {
  const [name = '', ...value] = cookie.split('=');
  await page.context().addCookies([{ name, value: value.join('='), url: base }]);
  await page.goto(`${base}${path}`);
  await page.locator('.shell').waitFor();
  await settle(page);
}

/** Goes to another page of the app that is open, as a link there does. */
export async function go({ page }: Visit, base: string, path: string): Promise<void> {
  await page.evaluate((to) => history.pushState(null, '', to), `${base}${path}`);
  await settle(page);
}

export async function picture({ page, device }: Visit, name: string): Promise<void> {
  mkdirSync(SCREENS, { recursive: true });
  await page.screenshot({ path: join(SCREENS, `${name}-${device}.png`) });
}

/** What a journey that failed leaves: what the screen showed, and a trace of all that led there. */
async function failed({ page, device }: Visit, error: unknown): Promise<void> {
  const folder = join(ROOT, 'target/screens');
  mkdirSync(folder, { recursive: true });
  const name = expect.getState().currentTestName?.replace(/[^\p{L}\p{N}]+/gu, '-') ?? 'journey';
  const left = join(folder, `failed-${name}-${device}`);
  await page.screenshot({ path: `${left}.png` }).catch(() => undefined);
  const text = await page.locator('body').innerText({ timeout: 2_000 }).catch(() => '');
  if (error instanceof Error) error.message += `\n${page.url()} showed:\n${text.replace(/\n\s*/g, ' | ').slice(0, SHOWN)}`;
  await page.context().tracing.stop({ path: `${left}.zip` }).catch(() => undefined);
}

/** No finding of axe that is serious or worse. */
export async function accessible({ page }: Visit, where: string): Promise<void> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const found = await page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run(document, { resultTypes: ['violations'] }));
  const grave = found.violations.filter((violation) => violation.impact === 'serious' || violation.impact === 'critical');
  const told = grave.map((violation) => `${violation.id}: ${violation.nodes.slice(0, 3).map((node) => `${node.target.join(' ')} ${node.failureSummary ?? ''}`).join(' | ')}`);
  expect(told, where).toEqual([]);
}
