// How long people wait on a large base, in Debian's headless Chromium, and what Lighthouse says.
//
// `node measure.mjs BASE RUNS` writes one JSON object to standard output: figures with their
// targets. The base holds the demo's customers; nothing is changed in it.
import { setTimeout as wait } from 'node:timers/promises';
import lighthouse from 'lighthouse';
import desktop from 'lighthouse/core/config/desktop-config.js';
import { chromium } from 'playwright-core';

const [base = '', runs = '3'] = process.argv.slice(2);
const RUNS = Number(runs);
const LOGIN = { login: 'rm001', password: 'Jinyao-Demo-1' };
const DEBUG_PORT = 9451;
const FLAGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const VIEW = { viewport: { width: 1440, height: 900 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' };

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function session() {
  const answer = await fetch(`${base}/api/v1/session`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(LOGIN) });
  if (!answer.ok) throw new Error(`sign in: ${answer.status}`);
  const [name, ...value] = (answer.headers.get('set-cookie') ?? '').split(';')[0].split('=');
  return { name, value: value.join('=') };
}

async function customers({ name, value }) {
  const answer = await fetch(`${base}/api/v1/records/person?columns=name&filter=owner%20%3D%20me&limit=${RUNS + 2}`, { headers: { Cookie: `${name}=${value}` } });
  const { records } = await answer.json();
  return records.map((record) => record.id);
}

/** A browser that has seen nothing of the app yet. */
async function fresh(browser, cookie, work) {
  const context = await browser.newContext(VIEW);
  await context.addCookies([{ ...cookie, url: base }]);
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  try {
    return await work(page);
  } finally {
    await context.close();
  }
}

async function timed(work) {
  const from = performance.now();
  await work();
  return Math.round(performance.now() - from);
}

const shown = (page) => page.locator('.record-head h1').waitFor().then(() => page.locator('.highlights').waitFor());

/** From the workbench: a click on the list, then a customer, then the next one. */
async function walk(browser, cookie) {
  return fresh(browser, cookie, async (page) => {
    await page.goto(base, { waitUntil: 'networkidle' });
    const list = await timed(async () => {
      await page.locator('.sider a[href$="app/list/person"]').first().click();
      await page.locator('.grid-line').first().waitFor();
    });
    await page.locator('.grid-line').first().click();
    await page.locator('.side-panel .record-head').waitFor();
    await page.locator('.side-bar button').filter({ hasText: '打开完整页面' }).click();
    await page.locator('.record-page .highlights').waitFor();
    await page.waitForLoadState('networkidle');
    const before = await page.locator('.record-head h1').innerText();
    await page.keyboard.press('Control+ArrowRight');
    const warm = await timed(() => page.waitForFunction((name) => {
      const title = document.querySelector('.record-head h1')?.textContent;
      return !!title && title !== name && document.querySelector('.highlights') !== null;
    }, before));
    return { list, warm };
  });
}

const cold = (browser, cookie, id) => fresh(browser, cookie, (page) => timed(async () => {
  await page.goto(`${base}/app/record/person/${id}`, { waitUntil: 'commit' });
  await shown(page);
}));

async function judged(path, cookie, config) {
  const flags = { port: DEBUG_PORT, logLevel: 'error', onlyCategories: ['performance', 'accessibility'], extraHeaders: cookie ? { Cookie: `${cookie.name}=${cookie.value}` } : undefined };
  const all = [];
  for (let run = 0; run < RUNS; run += 1) {
    const { lhr } = await lighthouse(`${base}${path}`, flags, config);
    if (lhr.runtimeError) throw new Error(`${path}: ${lhr.runtimeError.message}`);
    all.push({
      performance: lhr.categories.performance.score, accessibility: lhr.categories.accessibility.score,
      paint: Math.round(lhr.audits['largest-contentful-paint'].numericValue),
    });
  }
  return { performance: median(all.map((one) => one.performance)), accessibility: Math.min(...all.map((one) => one.accessibility)), paint: median(all.map((one) => one.paint)) };
}

const figures = [];
const most = (name, value, target) => figures.push({ name, value: `${value} ms`, target: `≤ ${target} ms`, met: value <= target });
const least = (name, value, target) => figures.push({ name, value: value.toFixed(2), target: `≥ ${target.toFixed(2)}`, met: value >= target });

const cookie = await session();
const ids = await customers(cookie);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: [...FLAGS, `--remote-debugging-port=${DEBUG_PORT}`] });
try {
  await fresh(browser, cookie, (page) => page.goto(base, { waitUntil: 'networkidle' }));
  const walks = [];
  const colds = [];
  for (let run = 0; run < RUNS; run += 1) {
    walks.push(await walk(browser, cookie));
    colds.push(await cold(browser, cookie, ids[run]));
    await wait(500);
  }
  most('list usable after the click', median(walks.map((one) => one.list)), 1500);
  most('360 page, first visit', median(colds), 2000);
  most('360 page, the next customer', median(walks.map((one) => one.warm)), 500);
  const record = `/app/record/person/${ids[0]}`;
  const pages = [['sign-in', '/', null], ['workbench', '/', cookie], ['list', '/app/list/person', cookie], ['360 page', record, cookie]];
  for (const [name, path, who] of pages) {
    const found = await judged(path, who, desktop);
    least(`${name}, desktop: performance`, found.performance, 0.85);
    least(`${name}, desktop: accessibility`, found.accessibility, 0.95);
  }
  for (const [name, path] of [['workbench', '/'], ['360 page', record]]) {
    const found = await judged(path, cookie, undefined);
    most(`${name}, phone: largest paint`, found.paint, 3500);
    least(`${name}, phone: accessibility`, found.accessibility, 0.95);
  }
} finally {
  await browser.close();
}
process.stdout.write(`${JSON.stringify({ runs: RUNS, figures })}\n`);
