// A field is added without code: written in the draft, published, used in a form and a list, read by
// programs and in the audit log, and taken back with its version.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api, type Made } from './api.ts';
import { accessible, enter, launch, picture, settle, travel } from './browser.ts';
import { Product } from './product.ts';

let browser: Browser;
let product: Product;
let keeper: Api;
let auditor: Api;
let manager: Api;

beforeAll(async () => {
  [browser, product] = await Promise.all([launch(), Product.copy()]);
  await product.start();
  keeper = await Api.signInTwice(product.base, 'sysadmin001');
  auditor = await Api.signInTwice(product.base, 'audit001');
  manager = await Api.signIn(product.base, 'rm001');
});
afterAll(async () => {
  await browser?.close();
  await product?.remove();
});

describe.each(['desktop', 'phone'] as const)('on a %s', { timeout: 240_000 }, (device) => {
  it('a field is added, published and used', () => travel(browser, product.base, device, async (at) => {
    const { page } = at;
    const { base } = product;
    const name = `mood_on_${device}`;
    const label = device === 'desktop' ? '客户心情' : '客户语气';
    await enter(at, base, keeper.cookie, '/app/admin/definitions?object=task');
    await page.getByRole('button', { name: '添加字段' }).click();
    const form = page.getByRole('dialog', { name: '为待办添加字段' });
    await form.getByLabel('中文名称').fill(label);
    await form.getByLabel('英文名称').fill(`Mood on ${device}`);
    expect(await form.getByLabel('标识').inputValue()).toBe(name);
    await settle(page);
    await accessible(at, 'a new field');
    await picture(at, 'admin-field');
    await form.getByRole('button', { name: '写入草稿' }).click();
    await page.getByText(`新增字段“${label}”task.${name}`).waitFor();
    await settle(page);
    await accessible(at, 'a draft');
    await picture(at, 'admin-draft');
    await page.getByRole('button', { name: '发布', exact: true }).click();
    const publish = page.getByRole('dialog', { name: '发布' });
    await publish.getByLabel('发布说明').fill(`记录${label}`);
    await publish.getByRole('button', { name: '发布' }).click();
    await publish.waitFor({ state: 'hidden' });

    await page.context().clearCookies();
    await enter(at, base, manager.cookie, '/app/new/task');
    await page.getByLabel(/^主题/).fill(`带${label}`);
    await page.getByLabel(label).fill('满意');
    await page.getByRole('button', { name: '保存' }).click();
    await page.getByRole('heading', { level: 1, name: `带${label}` }).waitFor();
    const [made] = (await manager.call<{ records: Made[] }>('GET', `records/task?columns=subject,${name}&filter=${encodeURIComponent(`${name} = '满意'`)}`)).records;
    expect(made?.values).toEqual({ subject: `带${label}`, [name]: '满意' });

    if (device === 'desktop') {
      await page.goto(`${base}/app/list/task`);
      await page.getByRole('button', { name: /列$/ }).click();
      await page.getByRole('checkbox', { name: label }).check();
      await page.keyboard.press('Escape');
      await page.getByRole('cell', { name: '满意' }).first().waitFor();
    }

    await page.context().clearCookies();
    await enter(at, base, auditor.cookie, `/app/admin/audit?kind=create&record=${made?.id}`);
    await page.locator('.admin-table button.link').first().click();
    const entry = page.getByRole('dialog');
    await entry.getByText(label).first().waitFor();
    await settle(page);
    await accessible(at, 'the entry');

    // The version before is in force again: the field is hidden, what was written stays.
    const { current } = await keeper.call<{ current: number }>('GET', 'definitions');
    await page.context().clearCookies();
    await enter(at, base, keeper.cookie, '/app/admin/definitions?tab=versions');
    await picture(at, 'admin-versions');
    await accessible(at, 'versions');
    await page.getByRole('row', { name: new RegExp(`^${current - 1}\\b`) }).getByRole('button', { name: '回到此版本' }).click();
    await page.locator('.ant-modal-confirm').getByRole('button', { name: '回到此版本' }).click();
    await page.getByText(`已发布为版本 ${current + 1}`).waitFor();
    await expect(manager.call('GET', `records/task?columns=${name}&limit=1`)).rejects.toThrow(/: 422 .*"unknown_field"/);
    const { values } = await manager.call<Made>('GET', `records/task/${made?.id}`);
    expect(values).toHaveProperty('subject');
    expect(values).not.toHaveProperty(name);
  }));
});
