// Records written to do harm show as the text they are.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Api, type Made } from './api.ts';
import { launch, settle, signIn, travel } from './browser.ts';
import { served } from './product.ts';

const base = served();
const SCRIPT = '<img src=x onerror="window.harmed=1"><script>window.harmed=1</script>';
const TURNED = 'שלום עולם מימין לשמאל';
let browser: Browser;
let who: Made;

beforeAll(async () => {
  browser = await launch();
  const api = await Api.signIn(base, 'rm001');
  who = await api.call<Made>('POST', 'records/person', {
    name: `恶意${SCRIPT}`.slice(0, 100), hobbies: SCRIPT, employer: `${SCRIPT}${TURNED}`.slice(0, 100), remark: '长'.repeat(2000), tags: ['<b>粗</b>'],
  });
  const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
  await api.call('POST', 'records/task', { subject: `恶意${SCRIPT}${TURNED}`.slice(0, 100), due_on: today, party: { object: 'person', id: who.id } });
  await api.call('POST', 'records/interaction', {
    subject: `${SCRIPT}${TURNED}`, party: { object: 'person', id: who.id }, channel: 'phone', body: `${SCRIPT}${'字'.repeat(9000)}${TURNED}`,
  });
});
afterAll(() => browser.close());

it.each(['desktop', 'phone'] as const)('in lists, pages and search on a %s', (device) => travel(browser, base, device, async ({ page }) => {
  await signIn(page, base, 'rm001');
  const narrow = async (where: string) => {
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(over, where).toBeLessThanOrEqual(0);
  };
  await page.goto(`${base}/app/list/person?q=${encodeURIComponent('恶意')}`);
  await page.getByText('恶意<img').first().waitFor();
  await narrow('list');
  for (const tab of [2, 3, 5, 6, 8]) {
    await page.goto(`${base}/app/record/person/${who.id}?tab=${tab}`);
    await page.locator('.record-head').waitFor();
    await settle(page);
    await narrow(`tab ${tab}`);
  }
  await page.goto(base);
  await page.locator('.home-item', { hasText: '恶意<img' }).first().waitFor();
  await narrow('workbench');
  await page.goto(`${base}/app/list/person?open=${who.id}`);
  await page.locator('.record-head').or(page.locator('.card')).first().waitFor();
  await narrow('beside the list');
  await page.goto(`${base}/app/record/person/${who.id}?tab=0`);
  await page.getByRole('button', { name: /编辑$/ }).click();
  await settle(page);
  await narrow('while it is edited');
  await page.goto(`${base}/app/list/person?q=${encodeURIComponent('恶意')}`);
  await page.locator('.topbar-search').click();
  await page.getByRole('combobox').fill('恶意');
  await page.getByRole('option').first().waitFor();
  expect(await page.evaluate(() => (window as unknown as { harmed?: number }).harmed)).toBeUndefined();
}));
