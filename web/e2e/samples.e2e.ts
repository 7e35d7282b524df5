// Sample data, taken out and loaded again by the one who looks after the platform.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from './api.ts';
import { accessible, enter, launch, picture, settle, travel } from './browser.ts';
import { Product } from './product.ts';

interface Listed { records: { id: string }[] }

let browser: Browser;
let product: Product;
let keeper: Api;

beforeAll(async () => {
  [browser, product] = await Promise.all([launch(), Product.copy()]);
  await product.start();
  keeper = await Api.signInTwice(product.base, 'sysadmin001');
});
afterAll(async () => {
  await browser?.close();
  await product?.remove();
});

describe.each(['desktop', 'phone'] as const)('on a %s', (device) => {
  it('sample data goes, and comes again', () => travel(browser, product.base, device, async (at) => {
    const { page } = at;
    const { base } = product;
    const rm = await Api.signIn(base, 'rm001');
    const people = async () => (await rm.call<Listed>('GET', 'records/person?columns=id&limit=1')).records.length;
    expect(await people()).toBe(1);
    await enter(at, base, keeper.cookie, '/app/admin/samples');
    await page.getByRole('heading', { name: /^已加载 \d+ 位客户的示例数据$/ }).waitFor();
    await accessible(at, 'sample data');
    await page.getByRole('button', { name: '移除示例数据' }).click();
    await page.locator('.ant-modal-confirm').getByRole('button', { name: '移除示例数据' }).click();
    await page.getByText(/^已移除 [\d,]+ 条记录$/).waitFor({ timeout: 60_000 });
    await page.getByRole('heading', { name: '没有示例数据' }).waitFor();
    await settle(page);
    await picture(at, 'admin-samples');
    expect(await people()).toBe(0);
    await page.getByText('100 位客户', { exact: true }).click();
    await page.getByRole('button', { name: '加载示例数据' }).click();
    await page.getByText(/^已加载 [\d,]+ 条记录$/).waitFor({ timeout: 60_000 });
    await page.getByRole('heading', { name: '已加载 100 位客户的示例数据' }).waitFor();
    await accessible(at, 'sample data loaded');
    expect(await people()).toBe(1);
  }), 180_000);
});
