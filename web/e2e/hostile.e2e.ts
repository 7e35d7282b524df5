// Records written to do harm show as the text they are.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Field } from '@/shared/api/types.ts';
import { Api, type Made } from './api.ts';
import { launch, settle, signIn, travel } from './browser.ts';
import { served } from './product.ts';

const base = served();
const SCRIPT = '<img src=x onerror="window.harmed=1"><script>window.harmed=1</script>';
const TURNED = 'שלום עולם מימין לשמאל';
let browser: Browser;
let api: Api;
let who: Made;

beforeAll(async () => {
  browser = await launch();
  api = await Api.signIn(base, 'rm001');
  const { fields } = await api.call<{ fields: Field[] }>('GET', 'objects/person');
  const me = await api.call<{ objects: { person: { fields: Record<string, string> } } }>('GET', 'me');
  const free = fields.filter(({ name, type }) => (type === 'text' || type === 'long_text') && me.objects.person.fields[name] === 'write');
  const harm = Object.fromEntries(free.map(({ name, max }, at) => [name, (at % 2 ? `${TURNED}${SCRIPT}` : SCRIPT).slice(0, Number(max ?? 60))]));
  who = await api.call<Made>('POST', 'records/person', {
    ...harm, name: `恶意${SCRIPT}`.slice(0, 100), hobbies: SCRIPT, employer: `${SCRIPT}${TURNED}`.slice(0, 100), remark: '长'.repeat(2000), tags: ['<b>粗</b>'],
  });
  const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
  await api.call('POST', 'records/task', { subject: `恶意${SCRIPT}${TURNED}`.slice(0, 100), due_on: today, party: { object: 'person', id: who.id } });
  await api.call('POST', 'records/interaction', {
    subject: `${SCRIPT}${TURNED}`, party: { object: 'person', id: who.id }, channel: 'phone', body: `${SCRIPT}${'字'.repeat(9000)}${TURNED}`,
  });
});
afterAll(() => browser.close());

it.each(['desktop', 'phone'] as const)('in lists, pages, forms, the graph, notifications and search on a %s', (device) => travel(browser, base, device, async ({ page }) => {
  await signIn(page, base, 'rm001');
  const narrow = async (where: string) => {
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(over, where).toBeLessThanOrEqual(0);
  };
  await page.goto(`${base}/app/list/person?q=${encodeURIComponent('恶意')}`);
  await page.getByText('恶意<img').first().waitFor();
  await narrow('list');
  const { sections } = await api.call<{ sections: unknown[] }>('GET', `records/person/${who.id}/overview`);
  for (const tab of sections.keys()) {
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
  await page.goto(`${base}/app/graph/person/${who.id}`);
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await settle(page);
  await narrow('graph');
  await page.goto(`${base}/app/new/person`);
  await page.getByLabel(/^姓名/).fill(`${SCRIPT}${'名'.repeat(10_000)}`);
  await page.getByRole('button', { name: '保存' }).click();
  await settle(page);
  await narrow('a name of 10,000 characters');
  await page.goto(`${base}/app/list/person?q=${encodeURIComponent('恶意')}`);
  await page.locator('.topbar-bell').click();
  await page.locator('.notice', { hasText: '恶意<img' }).first().waitFor();
  await narrow('notifications');
  await page.keyboard.press('Escape');
  await page.locator('.topbar-search').click();
  await page.getByRole('combobox').fill('恶意');
  await page.getByRole('option').first().waitFor();
  expect(await page.evaluate(() => (window as unknown as { harmed?: number }).harmed)).toBeUndefined();
}));
