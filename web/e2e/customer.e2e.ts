// The customer 360: figures over time, completeness, files in place, what happened.
import type { Browser } from 'playwright-core';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api, type Made } from './api.ts';
import { accessible, launch, picture, settle, signIn, travel } from './browser.ts';
import { served } from './product.ts';

const base = served();
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
/** A document of one page. */
function pdf(text: string): string {
  const draw = `BT /F1 48 Tf 72 700 Td (${text}) Tj ET`;
  const parts = [
    '<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${draw.length} >>\nstream\n${draw}\nendstream`, '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  return `%PDF-1.4\n${parts.map((part, at) => `${at + 1} 0 obj\n${part}\nendobj\n`).join('')}trailer << /Root 1 0 R /Size 6 >>\n%%EOF\n`;
}

/** A quarter of a second of silence. */
function tone(): Buffer {
  const samples = Buffer.alloc(2000, 128);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  [1, 1].forEach((value, at) => head.writeUInt16LE(value, 20 + at * 2));
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(8000, 28);
  [1, 8].forEach((value, at) => head.writeUInt16LE(value, 32 + at * 2));
  head.write('data', 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

const folder = mkdtempSync(join(tmpdir(), 'jinyao-files-'));
let browser: Browser;
let customers: Made[];

beforeAll(async () => {
  browser = await launch();
  writeFileSync(join(folder, '身份证.png'), Buffer.from(PIXEL, 'base64'));
  writeFileSync(join(folder, '合同.pdf'), pdf('Contract'));
  writeFileSync(join(folder, '录音.wav'), tone());
  const api = await Api.signIn(base, 'rm001');
  const page = await api.call<{ records: Made[] }>('GET', 'records/person?columns=name,aum&filter=owner%20%3D%20me%20and%20aum%20%3E%200&sort=-aum&limit=4');
  customers = page.records;
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await browser.close();
});

describe.each(['desktop', 'phone'] as const)('on a %s', (device) => {
  it('what a customer has is drawn over time, and told as a table', () => travel(browser, base, device, async (at) => {
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
    await trend.getByText('近 3 年', { exact: true }).click();
    await trend.getByText(/Q\d$/).first().waitFor();
    await trend.getByRole('button', { name: '资金净流入' }).click();
    await settle(page);
    await accessible(at, 'flow');
  }));

  it('what is missing is told with the way to fill it in', () => travel(browser, base, device, async (at) => {
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

  it('a document is uploaded in place and shown in the page', () => travel(browser, base, device, async (at) => {
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
    expect(await look.innerText()).toContain('没有规定保存期限');
    const replace = async (name: string) => {
      const [next] = await Promise.all([page.waitForEvent('filechooser'), look.getByRole('button', { name: '上传新版本' }).click()]);
      await next.setFiles(join(folder, name));
    };
    await replace('录音.wav');
    await look.getByText('第 2 版').waitFor();
    await look.locator('audio').waitFor();
    expect(await look.locator('audio').evaluate((audio: HTMLAudioElement) => new Promise((done) => {
      if (audio.duration > 0) done(audio.duration);
      audio.addEventListener('loadedmetadata', () => done(audio.duration));
      audio.addEventListener('error', () => done(-1));
    }))).toBe(0.25);
    await replace('合同.pdf');
    await look.getByText('第 3 版').waitFor();
    await look.locator('iframe').waitFor();
    await look.getByRole('button', { name: '第 1 版' }).click();
    await look.locator('img').waitFor();
    await accessible(at, 'preview');
    await picture(at, 'file-preview');
    await page.keyboard.press('Escape');
    await look.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: '预览 合同.pdf' }).first().waitFor();
  }));

  it('what happened is narrowed to several kinds and to days', () => travel(browser, base, device, async (at) => {
    const { page } = at;
    await signIn(page, base, 'rm001');
    await page.goto(`${base}/app/record/person/${customers[0]?.id}`);
    await page.getByRole('tab', { name: '动态' }).click();
    const kinds = page.getByRole('group', { name: '动态' }).getByRole('button');
    const asked: string[] = [];
    page.on('request', (request) => request.url().includes('/timeline?') && asked.push(request.url()));
    await kinds.nth(1).click();
    await kinds.nth(2).click();
    await settle(page);
    expect(decodeURIComponent(asked.at(-1) ?? '')).toMatch(/kinds=\w+,\w+/);
    expect(await kinds.evaluateAll((all) => all.map((one) => one.getAttribute('aria-pressed')).slice(0, 3))).toEqual(['false', 'true', 'true']);
    await page.getByRole('combobox', { name: '时间范围' }).click();
    await page.getByTitle('自选日期').click();
    await page.getByLabel('结束日期').fill('1999-12-31');
    await page.keyboard.press('Tab');
    await page.getByText('这段时间没有这类动态').waitFor();
    await accessible(at, 'a narrowed timeline');
    await page.getByLabel('结束日期').fill('2099-12-31');
    await page.keyboard.press('Tab');
    await page.locator('.happening').first().waitFor();
    await settle(page);
    await page.locator('.timeline').evaluate((element) => element.scrollIntoView());
    await picture(at, 'timeline');
  }));
});