// The customer 360: figures over time, completeness, files in place, what happened.
import type { Browser } from 'playwright-core';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Api, type Made } from './api.ts';
import { accessible, launch, picture, settle, signIn } from './browser.ts';
import { walk } from './walk.ts';

const base = inject('base');
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const folder = mkdtempSync(join(tmpdir(), 'jinyao-files-'));
let browser: Browser;
let customers: Made[];

beforeAll(async () => {
  browser = await launch();
  writeFileSync(join(folder, '身份证.png'), Buffer.from(PIXEL, 'base64'));
  const api = await Api.signIn(base, 'rm001');
  const page = await api.call<{ records: Made[] }>('GET', 'records/person?columns=name,aum&filter=owner%20%3D%20me%20and%20aum%20%3E%200&sort=-aum&limit=4');
  customers = page.records;
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await browser.close();
});

describe.each(['desktop', 'phone'] as const)('on a %s', (device) => {
  it('what a customer has is drawn over time, and told as a table', () => walk(browser, base, device, async (at) => {
    const { page } = at;
    await signIn(page, base, 'rm001');
    await page.goto(`${base}/app/record/person/${customers[0]?.id}`);
    const trend = page.locator('.trend');
    await page.locator('.highlights').waitFor();
    await page.locator('.section > div').first().waitFor();
    await page.evaluate(() => document.querySelector('.section')?.children[1]?.scrollIntoView());
    await trend.locator('svg[role=img]').waitFor();
    await settle(page);
    await accessible(at, 'trend');
    await picture(at, 'customer');
    await trend.getByText('数据', { exact: true }).click();
    expect(await trend.locator('tbody tr').count()).toBe(12);
    await trend.getByText('近三年', { exact: true }).click();
    await trend.getByText(/Q\d$/).first().waitFor();
    await trend.getByRole('button', { name: '资金净流入' }).click();
    await settle(page);
    await accessible(at, 'flow');
  }));

  it('what is missing is told with the way to fill it in', () => walk(browser, base, device, async (at) => {
    const { page } = at;
    const api = await Api.signIn(base, 'rm001');
    const made = await api.call<Made>('POST', 'records/person', { name: device === 'phone' ? '柳如眉' : '陆小曼' });
    await signIn(page, base, 'rm001');
    await page.goto(`${base}/app/record/person/${made.id}`);
    const meter = page.locator('.complete li').first();
    await meter.getByRole('button', { name: /^缺 \d+ 项$/ }).click();
    const item = page.locator('.complete-missing li', { hasText: '职业' });
    await accessible(at, 'completeness');
    await picture(at, 'completeness');
    await item.getByRole('button', { name: '补充' }).click();
    await page.locator('.field-editing', { hasText: '职业' }).waitFor();
  }));

  it('a document is uploaded in place and shown in the page', () => walk(browser, base, device, async (at) => {
    const { page } = at;
    const who = customers[device === 'phone' ? 2 : 1];
    await signIn(page, base, 'rm001');
    await page.goto(`${base}/app/record/person/${who?.id}`);
    await page.getByRole('tab', { name: '资料与合规' }).click();
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: '上传文件' }).first().click()]);
    await chooser.setFiles(join(folder, '身份证.png'));
    const form = page.getByRole('dialog');
    await form.getByText('身份证.png').waitFor();
    expect(await form.getByLabel('名称').inputValue()).toBe('身份证');
    await form.getByRole('combobox', { name: '类别*' }).click();
    await page.locator('.ant-select-item-option').first().click();
    await form.getByRole('button', { name: '保存', exact: true }).click();
    await form.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: /^预览/ }).first().click();
    const look = page.getByRole('dialog');
    await look.locator('img').waitFor();
    expect(await look.locator('img').evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth)).toBe(1);
    expect(await look.innerText()).toContain('第 1 版');
    await accessible(at, 'preview');
    await picture(at, 'file-preview');
  }));
});
