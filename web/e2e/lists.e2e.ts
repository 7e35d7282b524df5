// Working with lists: conditions, kept views, groups and totals, writing in place, many rows at once.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api, type Made } from './api.ts';
import { accessible, type Device, enter, launch, picture, settle, signIn, travel, type Visit } from './browser.ts';
import { served } from './product.ts';

const base = served();
let browser: Browser;
let api: Api;

beforeAll(async () => {
  browser = await launch();
  api = await Api.signIn(base, 'rm001');
});
afterAll(() => browser.close());

const inBrowser = (device: Device, work: (visit: Visit) => Promise<void>) => travel(browser, base, device, async (at) => {
  await signIn(at.page, base, 'rm001');
  await work(at);
});

const rowsOn = (device: Device) => (device === 'phone' ? '.card' : '.grid-line');

async function openList({ page, device }: Visit, query = ''): Promise<void> {
  await page.goto(`${base}/app/list/person${query}`);
  await page.locator(rowsOn(device)).first().waitFor();
  await settle(page);
}

describe.each(['desktop', 'phone'] as const)('on a %s', (device) => {
  it('conditions nest, count days from today, and stand in the address', () => inBrowser(device, async (at) => {
    const { page } = at;
    await openList(at);
    await page.getByRole('button', { name: '筛选', exact: true }).click();
    await page.getByRole('button', { name: '添加条件组' }).first().click();
    const rows = page.locator('.builder-row');
    await rows.nth(0).getByRole('combobox', { name: '字段' }).click();
    await page.keyboard.type('出生日期');
    await page.keyboard.press('Enter');
    await rows.nth(0).getByRole('combobox', { name: '条件' }).click();
    await page.locator('.ant-select-item-option', { hasText: '早于 N 天前' }).last().click();
    await rows.nth(0).getByRole('textbox', { name: '值' }).fill('3650');
    await rows.nth(1).getByRole('textbox', { name: '值' }).fill('王');
    await page.locator('.builder-inner').getByText('添加条件', { exact: true }).click();
    await rows.nth(2).getByRole('textbox', { name: '值' }).fill('李');
    await accessible(at, 'conditions');
    await picture(at, 'filter');
    await page.getByRole('button', { name: '应用' }).click();
    const chip = page.getByText('(姓名 包含 王 或 姓名 包含 李)');
    await page.getByText('出生日期 早于 3650 天前').waitFor();
    await settle(page);
    const names = await page.locator(device === 'phone' ? '.card b' : '.grid-line .grid-first').allInnerTexts();
    expect(names.every((name) => name.includes('王') || name.includes('李'))).toBe(true);
    await page.reload();
    await chip.or(page.getByText('姓名 包含 王 或 姓名 包含 李')).first().waitFor();
    await page.getByText('已修改').waitFor();
    await page.getByRole('button', { name: '还原' }).click();
    await page.getByText('已修改').waitFor({ state: 'hidden' });
  }));

  it('any view, a published one too, is chosen to open first, on every device', () => inBrowser(device, async (at) => {
    const { page } = at;
    await page.goto(`${base}/app/list/task`);
    const views = page.getByRole('group', { name: '视图' }).getByRole('button');
    const second = String(await views.nth(1).textContent());
    await views.nth(1).click();
    const menu = page.getByRole('button', { name: `视图“${second}”的操作` });
    await menu.click();
    await page.getByRole('menuitem', { name: '我打开列表时先看它' }).click();
    await page.getByText('下次打开列表时先看它').waitFor();
    await page.goto(`${base}/app/list/task`);
    await page.getByRole('button', { name: second, pressed: true }).waitFor();
    await menu.click();
    await page.getByRole('menuitem', { name: '不再先看它' }).click();
    await page.getByText('已取消').waitFor();
    await page.goto(`${base}/app/list/task`);
    await views.first().and(page.locator('[aria-pressed=true]')).waitFor();
  }));

  it('a view is kept for the unit, changed, and removed', () => inBrowser(device, async (at) => {
    const { page } = at;
    await openList(at);
    await page.locator('.quick-chip').first().click();
    await page.getByRole('button', { name: '另存为' }).click();
    const dialog = page.getByRole('dialog');
    const name = `测试视图 ${device}`;
    await dialog.getByLabel('视图名称').fill(name);
    await dialog.getByRole('radio', { name: /全员/ }).check();
    await dialog.getByRole('button', { name: '保存' }).click();
    await dialog.getByText('您不能把视图分享给“全员”').waitFor();
    await dialog.getByRole('radio', { name: /本机构/ }).check();
    await accessible(at, 'keep a view');
    await picture(at, 'view');
    await dialog.getByRole('button', { name: '保存' }).click();
    await page.getByRole('button', { name, pressed: true }).waitFor();
    const kept = await api.call<{ records: Made[] }>('GET', `records/saved_view?columns=name,audience,definition&filter=${encodeURIComponent(`name = '${name}'`)}`);
    expect(kept.records.map((one) => one.values.audience)).toEqual(['team']);
    await page.reload();
    await page.getByRole('button', { name, pressed: true }).waitFor();
    await settle(page);
    await page.locator('.quick-chip[aria-pressed=true]').click();
    await page.getByText('已修改').waitFor();
    await page.locator('.chips').getByRole('button', { name: '保存', exact: true }).click();
    await page.getByText('已修改').waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: `视图“${name}”的操作` }).click();
    await page.getByRole('menuitem', { name: '删除视图' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '删除' }).click();
    await page.locator('.views-strip').getByRole('button', { name }).waitFor({ state: 'hidden' });
  }));
});

describe('on a desktop', () => {
  it('rows are grouped with subtotals and a total', () => inBrowser('desktop', async (at) => {
    const { page } = at;
    await openList(at);
    await page.getByRole('button', { name: '汇总行' }).click();
    await page.locator('.grid-foot .fold').first().waitFor();
    await page.locator('.toolbar').getByText('分组', { exact: true }).click();
    await page.getByRole('menuitem', { name: '客户等级' }).click();
    const heading = page.locator('.grid-heading').first();
    await heading.locator('.fold').waitFor();
    await heading.click();
    await page.locator('.grid-line:not(.grid-heading)').first().waitFor();
    await accessible(at, 'groups');
    await picture(at, 'groups');
    const counts = await page.locator('.grid-heading .count').allInnerTexts();
    const all = Number.parseInt(await page.locator('.list-count').innerText(), 10);
    expect(counts.reduce((sum, count) => sum + Number(count), 0)).toBe(all);
  }));

  it('a cell is written by keys, refused with the reason, and taken back', () => inBrowser('desktop', async (at) => {
    const { page } = at;
    const mine = await api.call<Made>('POST', 'records/person', { name: `就地 ${Date.now()}` });
    await openList(at, `?q=${encodeURIComponent(String(mine.values.name))}`);
    const line = page.locator('.grid-line').first();
    await line.getByText(String(mine.values.name)).waitFor();
    const cell = line.locator('[data-column="4"]');
    const before = (await cell.innerText()).trim();
    await page.locator('.grid-box').focus();
    for (let step = 0; step < 4; step += 1) await page.keyboard.press('ArrowRight');
    await page.keyboard.press('F2');
    const input = page.locator('.cell-editor input');
    await input.fill('139');
    await page.keyboard.press('Enter');
    await page.locator('.cell-problem').waitFor();
    await accessible(at, 'cell');
    await api.call('PATCH', `records/person/${mine.id}`, { hobbies: '围棋' });
    await input.fill('13912345678');
    await page.keyboard.press('Enter');
    await cell.getByText('13912345678').waitFor();
    await api.call('PATCH', `records/person/${mine.id}`, { hobbies: '书法' });
    await page.getByRole('button', { name: '撤销' }).click();
    await page.getByText('已撤销').waitFor();
    await expect.poll(async () => (await cell.innerText()).trim()).toBe(before);
    const { values } = await api.call<Made>('GET', `records/person/${mine.id}`);
    expect(values).toMatchObject({ hobbies: '书法', mobile: null });

    await page.locator('.grid-box').focus();
    await page.keyboard.press('F2');
    await api.call('PATCH', `records/person/${mine.id}`, { mobile: '13987654321' });
    await input.fill('13912345678');
    await page.keyboard.press('Enter');
    await page.getByText('这一项刚被别人改过').waitFor();
    expect((await api.call<Made>('GET', `records/person/${mine.id}`)).values.mobile).toBe('13987654321');
  }));

  it('many rows are changed by a job, of whose end the bell tells', () => inBrowser('desktop', async (at) => {
    const { page } = at;
    await openList(at);
    for (const nth of [0, 1, 2]) await page.locator('.grid-line input[type=checkbox]').nth(nth).check();
    await page.getByRole('button', { name: '批量修改' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('要修改的字段').click();
    await page.keyboard.type('兴趣爱好');
    await page.keyboard.press('Enter');
    await dialog.getByLabel('改为').fill('围棋');
    await dialog.getByRole('button', { name: '确定' }).click();
    await dialog.getByText('将修改 3 条记录').waitFor();
    await accessible(at, 'bulk');
    await dialog.getByRole('button', { name: '开始修改' }).click();
    await dialog.getByText('已修改 3 条，拒绝 0 条').waitFor();
    await picture(at, 'bulk');
    await dialog.locator('.bulk-foot').getByRole('button', { name: '关闭' }).click();
    await page.locator('.topbar-bell').click();
    await page.locator('.notices-head').getByRole('button', { name: '刷新' }).click();
    await page.locator('.notice', { hasText: '批量修改' }).first().waitFor();
  }));
});

it('rows of a spreadsheet pasted onto a list become records, tried before they are written', () => travel(browser, base, 'desktop', async (at) => {
  const ops = await Api.signIn(base, 'ops001');
  const { page } = at;
  await enter(at, base, ops.cookie, '/app/list/person');
  await page.getByRole('button', { name: '粘贴行' }).waitFor();
  await page.evaluate(() => {
    const data = new DataTransfer();
    data.setData('text/plain', '姓名\t性别\t备注\n粘贴甲\t女\t"两\n行"\n粘贴乙\t男\t\n粘贴丙\t不详\t');
    document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
  });
  const dialog = page.getByRole('dialog', { name: '粘贴为个人客户' });
  await dialog.getByText('3 行').waitFor();
  expect(await dialog.getByRole('checkbox').isChecked()).toBe(true);
  await accessible(at, 'pasted rows');
  await picture(at, 'paste');
  await dialog.getByRole('button', { name: '下一步' }).click();
  await page.getByText('3 列中已对应 3 列').waitFor();
  await page.getByRole('button', { name: '试导入', exact: true }).click();
  await page.getByRole('button', { name: /^正式导入 2 行/ }).click({ timeout: 60_000 });
  await page.getByRole('button', { name: '撤销导入' }).waitFor({ timeout: 60_000 });
  const found = await ops.call<{ records: Made[] }>('GET', `records/person?columns=name,remark&filter=${encodeURIComponent("name in ['粘贴甲', '粘贴乙', '粘贴丙']")}&sort=name`);
  expect(found.records.map((record) => record.values.remark).sort()).toEqual([null, '两\n行'].sort());
}));
