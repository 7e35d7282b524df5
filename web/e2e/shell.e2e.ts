// The frame around every page: what waits, the look, the unit of amounts, the language, help.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessible, type Device, launch, picture, settle, signIn, travel, type Visit } from './browser.ts';
import { served } from './product.ts';

const base = served();
let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const inBrowser = (device: Device, work: (visit: Visit) => Promise<void>) => travel(browser, base, device, async (at) => {
  await signIn(at.page, base, 'rm001');
  await work(at);
});

describe.each(['desktop', 'phone'] as const)('on a %s', (device) => {
  it('the bell tells what is due, leads there, and forgets what was read', () => inBrowser(device, async (at) => {
    const { page } = at;
    await page.locator('.bell-count').waitFor();
    await page.locator('.topbar-bell').click();
    const first = page.locator('.notice[data-unread]', { has: page.locator('.due') }).first();
    await first.waitFor();
    await accessible(at, 'notifications');
    await picture(at, 'notifications');
    await first.locator('.notice-line').click();
    await page.locator('.record-head').waitFor();
    await page.locator('.topbar-bell').click();
    await page.getByRole('button', { name: '全部已读' }).click();
    await page.locator('.bell-count').waitFor({ state: 'hidden' });
    await page.reload();
    await page.locator('.record-head').waitFor();
    await settle(page);
    expect(await page.locator('.bell-count').count()).toBe(0);
  }));

  it('in the dark everything stays readable', () => inBrowser(device, async (at) => {
    const { page } = at;
    await page.evaluate(() => localStorage.setItem('jinyao.look', '"dark"'));
    await page.reload();
    await page.locator('.home-list').first().waitFor();
    await settle(page);
    await accessible(at, 'dark workbench');
    await picture(at, 'dark');
    await page.goto(`${base}/app/list/person`);
    await page.locator(device === 'phone' ? '.card' : '.grid-line').first().waitFor();
    await settle(page);
    await accessible(at, 'dark list');
    await page.locator(device === 'phone' ? '.card' : '.grid-line').first().click();
    await page.locator('.record-head').waitFor();
    await settle(page);
    await accessible(at, 'dark record');
  }));

  it('a newcomer is shown around once', () => inBrowser(device, async (at) => {
    const { page } = at;
    await page.getByRole('button', { name: '开始', exact: true }).click();
    await page.getByText('欢迎使用金钥').waitFor();
    await page.getByRole('button', { name: '下一步' }).click();
    await page.locator('.ant-tour').getByText('今日工作台').waitFor();
    await settle(page);
    await picture(at, 'tour');
    await page.keyboard.press('Escape');
    await page.reload();
    await page.locator('.home-list').first().waitFor();
    expect(await page.getByText('第一次使用？').count()).toBe(0);
  }));
});

it('language and the unit of amounts are chosen in the account menu', () => inBrowser('desktop', async (at) => {
  const { page } = at;
  await page.goto(`${base}/app/list/person`);
  await page.locator('.grid-line').first().waitFor();
  await page.locator('.topbar-user').click();
  await page.getByRole('menuitem', { name: '金额单位' }).hover();
  await page.getByRole('menuitem', { name: '万元', exact: true }).click();
  await page.locator('.grid-line .scale').first().waitFor();
  await page.locator('.topbar-user').click();
  await page.getByRole('menuitem', { name: 'English' }).click();
  await page.getByRole('heading', { level: 1, name: 'Person' }).waitFor();
  await page.locator('.grid-box').focus();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
  await accessible(at, 'keys');
}));
