// Getting in: the first sign-in, a second factor, a locked account, and looking after one's own.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api, oneTimeCode } from './api.ts';
import { accessible, launch, picture, settle, signIn, travel } from './browser.ts';
import { Product } from './product.ts';

const STEP = 30_000;

let browser: Browser;
let product: Product;
let keeper: Api;

beforeAll(async () => {
  [browser, product] = await Promise.all([launch(), Product.copy()]);
  await product.start();
  keeper = await Api.signInTwice(product.base, 'secadmin001');
});
afterAll(async () => {
  await browser?.close();
  await product?.remove();
});

async function userOf(login: string): Promise<string> {
  const found = await keeper.call<{ records: { id: string }[] }>('GET', `records/user?columns=login&filter=${encodeURIComponent(`login = '${login}'`)}`);
  return found.records[0]?.id ?? '';
}

async function type(page: Page, login: string, password: string): Promise<void> {
  await page.locator('input[name=login]').fill(login);
  await page.locator('input[name=password]').fill(password);
  await page.keyboard.press('Enter');
}

const secretOf = (page: Page) => page.locator('.plain-secret a').innerText();

describe.each([['desktop', 'rm002', 'rm003', 'audit001'], ['phone', 'rm004', 'rm005', 'sysadmin001']] as const)('on a %s', { timeout: 120_000 }, (device, first, locked, twice) => {
  it('who signs in for the first time sets a password', () => travel(browser, product.base, device, async (at) => {
    const { page } = at;
    const { password } = await keeper.call<{ password: string }>('POST', `users/${await userOf(first)}/password`, {});
    await page.goto(product.base);
    await type(page, first, password);
    await page.getByRole('heading', { name: '设置新口令' }).waitFor();
    await page.getByLabel('新口令', { exact: true }).fill('123456');
    await page.getByLabel('再次输入新口令').fill('123456');
    await page.getByRole('button', { name: '保存新口令' }).click();
    await page.getByText(/^新口令至少8个字符/).waitFor();
    await accessible(at, 'a first password');
    await picture(at, 'login-change');
    await page.getByLabel('新口令', { exact: true }).fill('Jin-Yao-2026-x');
    await page.getByLabel('再次输入新口令').fill('Jin-Yao-2026-y');
    await page.getByRole('button', { name: '保存新口令' }).click();
    await page.getByText('两次输入不一致').waitFor();
    await page.getByLabel('再次输入新口令').fill('Jin-Yao-2026-x');
    await page.getByRole('button', { name: '保存新口令' }).click();
    await page.locator('.shell').waitFor();
    await settle(page);
  }));

  it('wrong passwords lock an account for a while, told kindly', () => travel(browser, product.base, device, async (at) => {
    const { page } = at;
    await page.goto(product.base);
    for (let tries = 0; tries < 12 && !(await page.getByText(/账户已暂时锁定/).isVisible()); tries += 1) {
      await type(page, locked, `wrong ${tries}`);
      await page.getByRole('alert').waitFor();
      await settle(page);
    }
    await page.getByText(/账户已暂时锁定。请在 \d+ (分钟|秒)后再试/).waitFor();
    expect(await page.getByRole('button', { name: '登录', exact: true }).isDisabled()).toBe(true);
    await accessible(at, 'a locked account');
    await picture(at, 'login-locked');
    await keeper.call('POST', `users/${await userOf(locked)}/unlock`);
    await page.reload();
    await signIn(page, product.base, locked);
  }));

  it('a role that needs a second factor binds one, which is asked for from then on', () => travel(browser, product.base, device, async (at) => {
    const { page } = at;
    await page.goto(product.base);
    await type(page, twice, 'Jinyao-Demo-1');
    await page.getByRole('img', { name: '验证器二维码' }).waitFor();
    const secret = await secretOf(page);
    await page.getByLabel('动态验证码').fill('000000');
    await page.getByRole('button', { name: '完成绑定' }).click();
    await page.getByRole('alert').waitFor();
    await accessible(at, 'a second factor');
    await picture(at, 'login-factor');
    await page.getByLabel('动态验证码').fill(oneTimeCode(secret));
    await page.getByRole('button', { name: '完成绑定' }).click();
    await page.locator('.shell').waitFor();
    await page.context().clearCookies();
    await page.goto(product.base);
    await type(page, twice, 'Jinyao-Demo-1');
    await page.getByRole('heading', { name: '动态验证码' }).waitFor();
    await accessible(at, 'a code');
    await picture(at, 'login-code');
    // A code works once; the next is good a little early.
    await page.getByLabel('动态验证码').fill(oneTimeCode(secret, Date.now() + STEP));
    await page.keyboard.press('Enter');
    await page.locator('.shell').waitFor();
  }));

  it('password and authenticator are changed by their owner', () => travel(browser, product.base, device, async (at) => {
    const { page } = at;
    const { base } = product;
    await signIn(page, base, locked);
    const elsewhere = await Api.signIn(base, locked);
    await page.goto(`${base}/app/admin/account`);
    await page.getByRole('button', { name: '修改口令' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('当前口令').fill('not-it');
    await dialog.getByLabel('新口令', { exact: true }).fill('Jin-Yao-2026-z');
    await dialog.getByLabel('再次输入新口令').fill('Jin-Yao-2026-z');
    await dialog.getByRole('button', { name: '保存新口令' }).click();
    await dialog.getByText('当前口令不正确').waitFor();
    await accessible(at, 'a new password');
    await picture(at, 'account-password');
    await dialog.getByLabel('当前口令').fill('Jinyao-Demo-1');
    await dialog.getByRole('button', { name: '保存新口令' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await expect(elsewhere.call('GET', 'session/all')).rejects.toThrow('401');
    await page.getByRole('button', { name: '绑定验证器' }).click();
    await dialog.getByRole('img', { name: '验证器二维码' }).waitFor();
    await accessible(at, 'binding');
    await picture(at, 'account-factor');
    await dialog.getByLabel('动态验证码').fill(oneTimeCode(await secretOf(page)));
    await dialog.getByRole('button', { name: '完成绑定' }).click();
    await page.getByText('已绑定', { exact: true }).waitFor();
    await settle(page);
    await accessible(at, 'an account');
    await picture(at, 'account');
    await page.getByRole('button', { name: '解除验证器' }).click();
    await dialog.getByLabel('当前口令').fill('Jin-Yao-2026-z');
    await dialog.getByRole('button', { name: '解除验证器' }).click();
    await page.getByText('未绑定', { exact: true }).waitFor();
  }));
});
