// What somebody else must approve: an export, asked for at a desk, approved on a phone, taken as a file;
// a masked number that risk staff ask to see.
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api, type Made } from './api.ts';
import { accessible, enter, launch, picture, settle, travel, type Visit } from './browser.ts';
import { served } from './product.ts';

const base = served();
let browser: Browser;
let ops: Api;
let compliance: Api;
let risk: Api;

beforeAll(async () => {
  browser = await launch();
  [ops, compliance, risk] = await Promise.all([Api.signIn(base, 'ops001'), Api.signIn(base, 'compliance001'), Api.signIn(base, 'risk001')]);
});
afterAll(() => browser.close());

interface Asked { id: string; state: string; export?: { clear: string[]; rows: number } }

const asked = async (api: Api, box: string) => (await api.call<{ approvals: Asked[] }>('GET', `approvals?box=${box}`)).approvals;

/** The best customers with their mobiles, of whom ops001 asks for a file. */
async function ask(purpose: string): Promise<void> {
  await travel(browser, base, 'desktop', async (at) => {
    const { page } = at;
    await enter(at, base, ops.cookie, '/app/list/person?view=person_all');
    await page.getByRole('button', { name: /^贵宾 \d+$/ }).click();
    await page.getByRole('button', { name: /列$/ }).click();
    await page.getByRole('checkbox', { name: '手机号' }).check();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: '导出' }).click();
    const dialog = page.getByRole('dialog', { name: '导出个人客户' });
    await dialog.getByText('CSV', { exact: true }).click();
    await dialog.getByLabel(/^用途/).fill(purpose);
    await dialog.getByRole('button', { name: '导出' }).click();
    await dialog.getByText(/以明文导出敏感字段（.*手机号.*）须先经审批/).waitFor();
    await settle(page);
    await accessible(at, 'approval needed');
    await picture(at, 'export-needed');
    await dialog.getByRole('button', { name: '申请审批' }).click();
    await page.getByText('已提交审批，结果会出现在通知里').waitFor();
  });
}

describe('an export that needs approval', { timeout: 180_000 }, () => {
  it('is asked for, approved by somebody else, and taken as a file', async () => {
    await ask('季度核对手机号');
    await travel(browser, base, 'phone', async (at) => {
      const { page } = at;
      await enter(at, base, compliance.cookie, '/');
      await page.locator('.topbar-bell').click();
      await page.getByText(/申请导出个人客户 \d+ 行/).first().waitFor();
      await settle(page);
      await picture(at, 'export-bell');
      await page.getByRole('button', { name: '查看并审批' }).first().click();
      const dialog = page.getByRole('dialog', { name: '导出申请：个人客户' });
      await dialog.getByText('季度核对手机号').waitFor();
      await dialog.getByText('客户等级 是 贵宾', { exact: true }).waitFor();
      await dialog.getByText(/^姓名、.*、手机号$/).waitFor();
      await settle(page);
      await accessible(at, 'an answer');
      await picture(at, 'export-answer');
      expect(await dialog.getByRole('button', { name: '拒绝' }).isDisabled()).toBe(true);
      await dialog.getByLabel(/^审批意见/).fill('同意，仅限本季度核对');
      await dialog.getByRole('button', { name: '批准' }).click();
      await page.getByText('已批准', { exact: true }).waitFor();
    });
    await travel(browser, base, 'desktop', async (at) => {
      const { page } = at;
      await enter(at, base, ops.cookie, '/');
      await page.locator('.topbar-bell').click();
      const notice = page.locator('.notice', { hasText: '导出申请已批准：个人客户' });
      await notice.getByText(/同意，仅限本季度核对 · 有效至/).waitFor();
      await settle(page);
      await accessible(at, 'the answer');
      await picture(at, 'export-answered');
      const [file] = await Promise.all([page.waitForEvent('download'), notice.getByRole('button', { name: '下载文件' }).click()]);
      const lines = readFileSync(await file.path(), 'utf8').trimEnd().split('\n');
      expect(lines[0]).toMatch(/^\ufeff?姓名,归属机构,客户经理,.*,手机号$/);
      expect(lines.at(-1)).toContain('季度核对手机号');
      expect(lines.some((line) => /,1\d{10}$/.test(line))).toBe(true);
      const [mine] = await asked(ops, 'asked');
      expect(mine).toMatchObject({ state: 'approved', export: { clear: ['mobile'], rows: lines.length - 2 } });
    });
    await expect(compliance.call('POST', `exports`, { query: { object: 'person', columns: ['mobile'] }, format: 'csv', purpose: '自查' })).rejects.toThrow(/422 .*approval_clear/);
  });

  it('is refused with a word, or taken back by who asked', async () => {
    await ask('发给合作方');
    await travel(browser, base, 'desktop', async (at) => {
      const { page } = at;
      await enter(at, base, compliance.cookie, '/');
      await page.locator('.topbar-bell').click();
      await page.locator('.notice', { hasText: '发给合作方' }).getByRole('button', { name: '查看并审批' }).click();
      const dialog = page.getByRole('dialog', { name: '导出申请：个人客户' });
      await dialog.getByLabel(/^审批意见/).fill('客户未同意提供给第三方');
      await picture(at, 'export-answer');
      await dialog.getByRole('button', { name: '拒绝' }).click();
      await page.getByText('已拒绝', { exact: true }).waitFor();
    });
    await ask('再次申请');
    await travel(browser, base, 'desktop', async (at) => {
      const { page } = at;
      await enter(at, base, ops.cookie, '/app/list/person?view=person_all');
      await page.getByRole('button', { name: '导出' }).click();
      const dialog = page.getByRole('dialog', { name: '导出个人客户' });
      await dialog.getByRole('button', { name: /再次申请/ }).click();
      const request = page.getByRole('dialog', { name: '导出申请：个人客户' });
      await request.getByText('待审批').waitFor();
      await settle(page);
      await accessible(at, 'an open request');
      await picture(at, 'export-own');
      await request.getByRole('button', { name: '撤回申请' }).click();
      await page.getByText('已撤回', { exact: true }).waitFor();
    });
    const states = (await asked(ops, 'asked')).slice(0, 2).map(({ state }) => state);
    expect(states).toEqual(['withdrawn', 'refused']);
    expect(await asked(compliance, 'to_answer')).toEqual([]);
  });
});

it.each(['desktop', 'phone'] as const)('risk staff see a number once somebody else has approved, on a %s', { timeout: 120_000 }, async (device) => {
  const filter = encodeURIComponent('id_number is not empty');
  const { records } = await ops.call<{ records: Made[] }>('GET', `records/person?columns=name,id_number&filter=${filter}&limit=2`);
  const who = records[device === 'phone' ? 0 : 1];
  const name = String(who?.values.name);
  const page = await risk.call<{ sections: { fields: string[] }[] }>('GET', `records/person/${who?.id}/overview`);
  const path = `/app/record/person/${who?.id}?tab=${page.sections.findIndex(({ fields }) => fields.includes('id_number'))}`;
  const look = async (at: Visit) => {
    await at.page.getByRole('button', { name: '查看完整身份证号' }).click();
    await at.page.getByRole('radio', { name: '核对证件' }).check();
    await at.page.getByRole('button', { name: '查看', exact: true }).click();
  };
  await travel(browser, base, device, async (at) => {
    await enter(at, base, risk.cookie, path);
    await look(at);
    await at.page.getByText(/^查看此字段须先经他人审批/).waitFor();
    await settle(at.page);
    await accessible(at, 'approval needed');
    await picture(at, 'reveal-needed');
    await at.page.getByRole('button', { name: '申请审批' }).click();
    await at.page.getByText('已提交审批，结果会出现在通知里').waitFor();
  });
  await travel(browser, base, device, async (at) => {
    const { page } = at;
    await enter(at, base, compliance.cookie, '/');
    await page.locator('.topbar-bell').click();
    await page.locator('.notice', { hasText: '申请查看个人客户的身份证号' }).getByRole('button', { name: '查看并审批' }).first().click();
    const dialog = page.getByRole('dialog', { name: '查看明文申请：个人客户' });
    await dialog.getByText(`个人客户 · ${name}`).waitFor();
    await settle(page);
    await accessible(at, 'a reveal to approve');
    await picture(at, 'reveal-answer');
    await dialog.getByRole('button', { name: '批准' }).click();
    await page.getByText('已批准', { exact: true }).waitFor();
  });
  await travel(browser, base, device, async (at) => {
    const { page } = at;
    await enter(at, base, risk.cookie, '/');
    await page.locator('.topbar-bell').click();
    await page.locator('.notice', { hasText: '查看申请已批准：个人客户的身份证号' }).first().getByRole('button', { name: '打开记录' }).click();
    await page.getByRole('dialog', { name: '查看明文申请：个人客户' }).getByRole('button', { name: '打开记录' }).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
    await page.goto(`${base}${path}`);
    await look(at);
    const value = page.locator('.reveal-open b');
    await value.waitFor();
    expect(await value.innerText()).toMatch(/^\d{17}[\dX]$/);
  });
});
