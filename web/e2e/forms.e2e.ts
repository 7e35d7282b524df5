// Forms: what they say as one types, and what they keep when something goes wrong.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api, type Made } from './api.ts';
import { accessible, type Device, launch, picture, settle, signIn, travel, type Visit } from './browser.ts';
import { served } from './product.ts';

const base = served();
let browser: Browser;
let api: Api;
let who: Made;

beforeAll(async () => {
  browser = await launch();
  api = await Api.signIn(base, 'rm001');
  who = await api.call<Made>('POST', 'records/person', { name: '表单试用' });
});
afterAll(() => browser.close());

const visiting = (device: Device, work: (at: Visit) => Promise<void>) => travel(browser, base, device, work);

/** A required field's label carries its star. */
const named = (page: Page) => page.getByLabel(/^姓名/).first();

async function goalForm(page: Page): Promise<void> {
  await signIn(page, base, 'rm001');
  await page.goto(`${base}/app/new/financial_goal?set=${encodeURIComponent(JSON.stringify(JSON.stringify({ party: who.id })))}`);
  await page.getByRole('heading', { level: 1, name: '新建财务目标' }).waitFor();
  await settle(page);
}

async function day(page: Page, label: string, value: string): Promise<void> {
  await page.getByLabel(label).fill(value);
  await page.keyboard.press('Enter');
}

describe.each(['desktop', 'phone'] as const)('on a %s', (device) => {
  it('a form says what is wrong and what follows as one types', () => visiting(device, async (at) => {
    const { page } = at;
    await goalForm(page);
    const writes: string[] = [];
    page.on('request', (request) => request.method() !== 'GET' && writes.push(request.url()));
    expect(await page.getByLabel('开始日期').inputValue()).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    await page.getByLabel('目标金额').fill('200000');
    await page.getByLabel('当前金额').fill('50000');
    await page.getByText('0.25', { exact: true }).waitFor();
    await page.getByLabel('目标金额').fill('0');
    await page.locator('.field-problem', { hasText: '目标金额须大于零' }).waitFor();
    await day(page, '目标日期', '2020-01-01');
    await page.locator('.field-problem', { hasText: '目标日期须晚于开始日期' }).waitFor();
    await accessible(at, 'a form with live messages');
    await picture(at, 'form');
    await page.getByLabel('目标金额').fill('200000');
    await day(page, '目标日期', '2040-01-01');
    expect(await page.locator('.field-problem').count()).toBe(0);
    expect(writes).toEqual([]);
  }));

  it('what was typed stays while the network is away, and is saved once it is back', () => visiting(device, async (at) => {
    const { page } = at;
    await signIn(page, base, 'rm001');
    await page.goto(`${base}/app/new/person`);
    const name = `断网 ${device} ${Date.now()}`;
    await named(page).fill(name);
    await page.context().setOffline(true);
    await page.getByRole('button', { name: '保存' }).click();
    await page.getByText('连接不到服务器').waitFor();
    expect(await named(page).inputValue()).toBe(name);
    await accessible(at, 'a form without a network');
    await page.context().setOffline(false);
    await page.getByRole('button', { name: '重试' }).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
    const found = await api.call<{ records: Made[] }>('GET', `records/person?columns=name&filter=${encodeURIComponent(`name = '${name}'`)}`);
    expect(found.records.length).toBe(1);
  }));

  it('a session that ends in the middle comes back to the same form', () => visiting(device, async (at) => {
    const { page } = at;
    await signIn(page, base, 'rm001');
    await page.goto(`${base}/app/new/person`);
    const name = `过期 ${device}`;
    await named(page).fill(name);
    await page.context().clearCookies();
    await page.getByRole('button', { name: '保存' }).click();
    await page.getByText('登录已过期').waitFor();
    await page.locator('input[name=password]').fill('Jinyao-Demo-1');
    await page.keyboard.press('Enter');
    await named(page).waitFor();
    expect(await named(page).inputValue()).toBe(name);
    await page.getByRole('button', { name: '保存' }).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
  }));

  it('changes of two people to different fields are both kept without a question', () => visiting(device, async (at) => {
    const { page } = at;
    const mine = await api.call<Made>('POST', 'records/person', { name: `合并 ${device}` });
    await signIn(page, base, 'rm001');
    const { sections } = await api.call<{ sections: { fields: string[] }[] }>('GET', `records/person/${mine.id}/overview`);
    await page.goto(`${base}/app/record/person/${mine.id}?tab=${sections.findIndex((section) => section.fields.includes('name'))}`);
    await page.getByRole('button', { name: /编辑$/ }).click();
    await named(page).fill(`合并后 ${device}`);
    await api.call('PATCH', `records/person/${mine.id}`, { hobbies: '围棋' });
    await page.getByRole('region', { name: '正在编辑' }).getByRole('button', { name: '保存' }).click();
    await page.getByRole('heading', { level: 1, name: `合并后 ${device}` }).waitFor();
    const after = await api.call<Made>('GET', `records/person/${mine.id}`);
    expect(after.values).toMatchObject({ name: `合并后 ${device}`, hobbies: '围棋' });
  }));

  it('changes that a reload left unsaved are offered back, and meet what others changed since', () => visiting(device, async (at) => {
    const { page } = at;
    const mine = await api.call<Made>('POST', 'records/person', { name: `草稿 ${device}`, hobbies: '象棋' });
    await signIn(page, base, 'rm001');
    const { sections } = await api.call<{ sections: { fields: string[] }[] }>('GET', `records/person/${mine.id}/overview`);
    const tab = sections.findIndex((section) => section.fields.includes('name'));
    const open = async () => {
      await page.goto(`${base}/app/record/person/${mine.id}?tab=${tab}`);
      await page.getByRole('heading', { level: 1, name: `草稿 ${device}` }).waitFor();
    };
    const offer = page.getByRole('region', { name: '未保存的修改' });
    await open();
    await page.getByRole('button', { name: /编辑$/ }).click();
    await named(page).fill(`草稿改 ${device}`);
    await page.reload();
    await offer.waitFor();
    await page.context().clearCookies();
    await page.reload();
    await page.locator('input[name=login]').fill('rm001');
    await page.locator('input[name=password]').fill('Jinyao-Demo-1');
    await page.keyboard.press('Enter');
    await offer.waitFor();
    await api.call('PATCH', `records/person/${mine.id}`, { name: `他改 ${device}` });
    await page.reload();
    await page.getByText('此后记录又有更新').waitFor();
    await settle(page);
    await accessible(at, 'an unsaved edit');
    await picture(at, 'unsaved-edit');
    await offer.getByRole('button', { name: '恢复修改' }).click();
    expect(await named(page).inputValue()).toBe(`草稿改 ${device}`);
    await page.getByRole('region', { name: '正在编辑' }).getByRole('button', { name: '保存' }).click();
    const clash = page.getByRole('dialog', { name: '其他人刚刚修改了这条记录' });
    await clash.getByText(`他改 ${device}`).waitFor();
    await clash.getByRole('button', { name: '按选择保存' }).click();
    await page.getByRole('heading', { level: 1, name: `草稿改 ${device}` }).waitFor();
    await page.getByRole('button', { name: /编辑$/ }).click();
    await named(page).fill('不要的修改');
    await page.reload();
    await offer.getByRole('button', { name: '丢弃' }).click();
    await offer.waitFor({ state: 'hidden' });
    await page.reload();
    await page.getByRole('heading', { level: 1, name: `草稿改 ${device}` }).waitFor();
    expect(await offer.count()).toBe(0);
  }));
});
