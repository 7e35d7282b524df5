// Duplicates: told while one types, found among all records, merged by choice, taken back.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api, type Made } from './api.ts';
import { accessible, enter, launch, picture, settle, signIn, travel } from './browser.ts';
import { served } from './product.ts';

const base = served();
let browser: Browser;
let ops: Api;

beforeAll(async () => {
  browser = await launch();
  ops = await Api.signIn(base, 'ops001');
});
afterAll(() => browser.close());

const NAMES = { desktop: ['欧阳若兰', '司徒镜明'], phone: ['上官知秋', '慕容清越'] } as const;
const PHONES = { desktop: ['13911110001', '13911110002'], phone: ['13922220001', '13922220002'] } as const;

async function twins(name: string, mobile: string): Promise<[Made, Made]> {
  const same = { name, mobile, birth_on: '1981-02-03' };
  const one = await ops.call<Made>('POST', 'records/person', { ...same, employer: '第一单位' });
  const other = await ops.call<Made>('POST', 'records/person', { ...same, position: '经理', hobbies: '围棋', employer: '第二单位' });
  return [one, other];
}

describe.each(['desktop', 'phone'] as const)('on a %s', (device) => {
  it('a pair is found, compared, merged by choice and taken back', () => travel(browser, base, device, async (at) => {
    const { page } = at;
    const [name] = NAMES[device];
    const [one, other] = await twins(name, PHONES[device][0]);
    await signIn(page, base, 'ops001');
    await page.goto(`${base}/app/merges?object=person`);
    await page.getByRole('button', { name: '全量查重' }).click();
    await page.getByText('查重完成').waitFor();
    const pair = page.locator('.merge-pair', { hasText: name });
    await pair.waitFor();
    expect(await pair.innerText()).toContain('手机号相同');
    await accessible(at, 'pairs');
    await picture(at, 'merges');
    await pair.getByRole('button', { name: '比较' }).click();
    await page.getByRole('heading', { level: 1, name: '比较两条记录' }).waitFor();
    const employer = page.locator('.merge-compare tr', { hasText: '工作单位' });
    await employer.getByText('第一单位').click();
    await accessible(at, 'comparison');
    await picture(at, 'merge-compare');
    await page.getByRole('button', { name: '合并', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: '合并' }).click();
    await page.getByText(`已合并到“${name}”`).waitFor();
    const kept = await ops.call<Made>('GET', `records/person/${other.id}`);
    expect(kept.values.employer).toBe('第一单位');
    expect(kept.values.hobbies).toBe('围棋');
    await expect(ops.call('GET', `records/person/${one.id}`)).rejects.toThrow('404');
    await page.goto(`${base}/app/merges?object=person&tab=merged`);
    const merge = page.locator('.merge-list tbody tr', { hasText: name });
    await merge.waitFor();
    await accessible(at, 'merges');
    await picture(at, 'merge-list');
    await merge.getByRole('button', { name: '撤销合并' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '撤销合并' }).click();
    await merge.getByText('已撤销').waitFor();
    const back = await ops.call<Made>('GET', `records/person/${one.id}`);
    expect(back.values.employer).toBe('第一单位');
  }));

  it('two are kept apart for a reason and do not come back', () => travel(browser, base, device, async (at) => {
    const { page } = at;
    const name = NAMES[device][1];
    await twins(name, PHONES[device][1]);
    await signIn(page, base, 'ops001');
    await page.goto(`${base}/app/merges?object=person`);
    await page.getByRole('button', { name: '全量查重' }).click();
    const pair = page.locator('.merge-pair', { hasText: name });
    await pair.getByRole('button', { name: '不是同一个' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: '同名不同人' }).click();
    await accessible(at, 'keeping apart');
    await dialog.getByRole('button', { name: '不是同一个' }).click();
    await pair.waitFor({ state: 'detached' });
    await page.getByRole('tab', { name: '已排除' }).click();
    await page.locator('.merge-pair', { hasText: name }).getByText('同名不同人').waitFor();
  }));

  it('while typing, a record of another owner is told of and its owner is asked', () => travel(browser, base, device, async (at) => {
    const { page } = at;
    const name = device === 'phone' ? '端木怀远' : '公孙听雨';
    const mobile = device === 'phone' ? '13933330001' : '13933330002';
    const reason = `客户到访 ${device}`;
    const colleague = await Api.signIn(base, 'rm004');
    const theirs = await colleague.call<Made>('POST', 'records/person', { name, mobile, birth_on: '1975-06-07' });
    await signIn(page, base, 'rm001');
    await page.goto(`${base}/app/new/person`);
    await page.getByLabel('姓名').fill(name);
    await page.getByLabel('手机号').fill(mobile);
    const hint = page.locator('.dup');
    await hint.getByText('已存在').waitFor();
    expect(await hint.innerText()).not.toContain(theirs.id);
    await accessible(at, 'duplicate hint');
    await picture(at, 'duplicate-hint');
    await hint.getByRole('button', { name: '申请协作' }).click();
    await page.getByLabel('申请理由').fill(reason);
    await page.locator('.ant-popover').getByRole('button', { name: '申请协作' }).click();
    await hint.getByText('已申请').waitFor();
    await page.goto(`${base}/app/merges?tab=requests`);
    await page.getByText(reason).first().waitFor();
    await settle(page);
    await accessible(at, 'requests');
    const { requests } = await colleague.call<{ requests: { reason: string; state: string }[] }>('GET', 'share-requests');
    expect(requests.some((request) => request.reason === reason && request.state === 'open')).toBe(true);

    await travel(browser, base, device, async (owner) => {
      await enter(owner, base, colleague.cookie, '/app/merges?tab=requests');
      const open = owner.page.locator('.merge-box').first().locator('li', { hasText: reason }).filter({ has: owner.page.getByRole('button', { name: '同意' }) });
      await open.getByRole('button', { name: '同意' }).click();
      await owner.page.getByLabel('共享至').waitFor();
      await picture(owner, 'share-answer');
      await owner.page.locator('.ant-popover').getByRole('button', { name: '同意' }).click();
      await open.waitFor({ state: 'hidden' });
    });
    await page.reload();
    await page.locator('.merge-box').last().locator('li', { hasText: '已同意' }).locator(`a[href*="${theirs.id}"]`).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
  }));
});
