// A relationship manager's day, on a desktop and on a phone.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api, type Made } from './api.ts';
import { accessible, type Device, launch, picture, settle, signIn, travel, type Visit } from './browser.ts';
import { served } from './product.ts';

const base = served();
let browser: Browser;
let api: Api;

beforeAll(async () => {
  browser = await launch();
  api = await Api.signIn(base, 'rm001');
});
afterAll(() => browser.close());

async function customers(): Promise<Made[]> {
  const page = await api.call<{ records: Made[] }>('GET', 'records/person?columns=name,id_number&filter=owner%20%3D%20me%20and%20id_number%20is%20not%20empty&limit=20');
  return page.records;
}

interface Section { fields: string[]; lists: { from: string }[] }

/** The address of the tab that holds a field or a list. */
async function tabOf(who: Made | undefined, what: string): Promise<string> {
  const page = await api.call<{ sections: Section[] }>('GET', `records/person/${who?.id}/overview`);
  const at = page.sections.findIndex((section) => section.fields.includes(what) || section.lists.some((list) => list.from === what));
  return `${base}/app/record/person/${who?.id}?tab=${Math.max(at, 0)}`;
}

const inBrowser = (device: Device, work: (visit: Visit) => Promise<void>) => travel(browser, base, device, work);

describe.each(['desktop', 'phone'] as const)('on a %s', (device) => {
  it('signing in leads to the workbench, and a wrong password is told kindly', () => inBrowser(device, async (at) => {
    const { page } = at;
    await page.goto(base);
    await page.locator('input[name=login]').fill('rm001');
    await page.locator('input[name=password]').fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    await accessible(at, 'sign-in');
    await picture(at, 'login');
    await signIn(page, base, 'rm001');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await accessible(at, 'workbench');
    await picture(at, 'home');
  }));

  it('a customer is found by two characters, and the page comes back after the list', () => inBrowser(device, async (at) => {
    const { page } = at;
    const [who] = await customers();
    const name = String(who?.values.name);
    await signIn(page, base, 'rm001');
    await page.locator('.topbar-search').click();
    await page.getByRole('combobox').fill(name.slice(0, 2));
    const choice = page.getByRole('option', { name }).first();
    await choice.waitFor();
    await accessible(at, 'palette');
    await picture(at, 'palette');
    await choice.click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
    await settle(page);
    await accessible(at, 'record');
    await picture(at, 'record');
    await page.reload();
    await page.getByRole('heading', { level: 1, name }).waitFor();
    // Enter before the answer is there opens what the words find.
    const other = String((await customers()).at(-1)?.values.name);
    await page.locator('.topbar-search').click();
    await page.getByRole('combobox').fill(other);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: other }).waitFor();
  }));

  it('a list filters, sorts and keeps its place in the address', () => inBrowser(device, async (at) => {
    const { page } = at;
    await signIn(page, base, 'rm001');
    await page.goto(`${base}/app/list/person`);
    await page.getByRole('heading', { level: 1, name: '个人客户' }).waitFor();
    await settle(page);
    await accessible(at, 'list');
    await picture(at, 'list');
    await page.getByRole('button', { name: '贵宾及以上' }).first().click();
    await settle(page);
    expect(page.url()).toContain('view=person_mine_high_tier');
    await page.reload();
    await page.getByRole('button', { name: '贵宾及以上', pressed: true }).waitFor();
    const some = page.locator(device === 'phone' ? '.card' : '.grid-line').first();
    await some.waitFor();
  }));

  it('an interaction is logged from the customer', () => inBrowser(device, async (at) => {
    const { page } = at;
    const [, who] = await customers();
    await signIn(page, base, 'rm001');
    await page.goto(await tabOf(who, 'interaction.party'));
    await page.getByRole('button', { name: '添加 沟通记录' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('主题').fill(`回访 ${device}`);
    await form.getByLabel('渠道').click();
    await page.getByTitle('电话', { exact: false }).first().click();
    await form.getByRole('button', { name: '保存' }).click();
    await form.waitFor({ state: 'hidden' });
    await page.getByText(`回访 ${device}`).first().waitFor();
  }));

  it('a number is revealed for a reason and goes again', () => inBrowser(device, async (at) => {
    const { page } = at;
    const found = await customers();
    const who = found[device === 'phone' ? 2 : 3];
    await signIn(page, base, 'rm001');
    await page.goto(await tabOf(who, 'id_number'));
    await page.getByRole('button', { name: '查看完整身份证号' }).click();
    await page.getByRole('radio', { name: '核对证件' }).check();
    await page.getByRole('button', { name: '查看', exact: true }).click();
    const value = page.locator('.reveal-open b');
    await value.waitFor();
    expect(await value.innerText()).toMatch(/^\d{17}[\dX]$/);
    await accessible(at, 'reveal');
    await page.getByRole('button', { name: '隐藏' }).click();
    expect(await value.count()).toBe(0);
  }));

  it('two who change one field choose which value stays', () => inBrowser(device, async (at) => {
    const { page } = at;
    const found = await customers();
    const who = found[device === 'phone' ? 4 : 5];
    await signIn(page, base, 'rm001');
    await page.goto(await tabOf(who, 'hobbies'));
    const line = page.locator('.field-line', { hasText: '兴趣爱好' });
    await line.hover();
    await page.getByRole('button', { name: '修改兴趣爱好' }).click();
    const mine = `书法 ${device} ${Date.now()}`;
    await page.getByLabel('兴趣爱好').fill(mine);
    await api.call('PATCH', `records/person/${who?.id}`, { hobbies: `围棋 ${Date.now()}` });
    await line.getByRole('button', { name: '保存' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('围棋').first().waitFor();
    await accessible(at, 'conflict');
    await picture(at, 'conflict');
    await dialog.getByRole('button', { name: '按选择保存' }).click();
    await line.getByText(mine).waitFor();
  }));

  it('a server that refuses names the field, and what was typed stays', () => inBrowser(device, async (at) => {
    const { page } = at;
    await signIn(page, base, 'rm001');
    await page.goto(`${base}/app/new/person`);
    await page.getByLabel('手机号').fill('12');
    await page.getByRole('button', { name: '保存' }).click();
    await page.locator('.violations').waitFor();
    expect(await page.locator('.field-problem').count()).toBeGreaterThan(0);
    await accessible(at, 'form');
    await picture(at, 'create');
    await page.reload();
    await page.getByText('已恢复上次未保存的内容').waitFor();
    expect(await page.getByLabel('手机号').inputValue()).toBe('12');
  }));
});
