// A list worked with at a desk: by keys, beside an open record, its columns arranged, taken out as a
// file.
import { readFileSync } from 'node:fs';
import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api, type Made } from './api.ts';
import { accessible, enter, launch, picture, settle, travel } from './browser.ts';
import { served } from './product.ts';

const base = served();
let browser: Browser;
let manager: Api;
let ops: Api;

beforeAll(async () => {
  browser = await launch();
  [manager, ops] = await Promise.all([Api.signIn(base, 'rm001'), Api.signIn(base, 'ops001')]);
});
afterAll(() => browser.close());

const nameIn = (row: Locator) => row.getByRole('cell').nth(1).innerText();

describe('at a desk', () => {
  it('rows are gone through, opened beside the list and in full by keys', () => travel(browser, base, 'desktop', async (at) => {
    const { page } = at;
    await enter(at, base, manager.cookie, '/app/list/person');
    await page.getByRole('row').nth(1).waitFor();
    await page.keyboard.press('Shift+?');
    await page.getByRole('dialog', { name: '键盘快捷键' }).waitFor();
    await settle(page);
    await accessible(at, 'keys');
    await picture(at, 'keys');
    await page.keyboard.press('Escape');
    const rows = (await manager.call<{ records: Made[] }>('GET', 'records/person?columns=name&filter=owner%20%3D%20me&limit=50')).records;
    expect(rows.length).toBeGreaterThan(3);
    // The first arrow brings the keys to the rows.
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'Enter']) await page.keyboard.press(key);
    const panel = page.getByRole('complementary', { name: '侧栏预览' });
    await panel.waitFor();
    await settle(page);
    await accessible(at, 'the panel');
    await picture(at, 'panel');
    const shown = page.locator('.grid-line');
    expect(await panel.innerText()).toContain(await nameIn(shown.nth(2)));
    await panel.getByRole('button', { name: '下一条' }).click();
    await settle(page);
    expect(await panel.innerText()).toContain(await nameIn(shown.nth(3)));
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'hidden' });
    // After a click the keys go on from there.
    await shown.nth(0).click();
    await panel.waitFor();
    const next = await nameIn(shown.nth(1));
    for (const key of ['ArrowDown', 'Control+Enter']) await page.keyboard.press(key);
    await page.getByRole('heading', { level: 1, name: next }).waitFor();
    await page.keyboard.press('Control+ArrowRight');
    await settle(page);
    const second = await page.getByRole('heading', { level: 1 }).innerText();
    await page.keyboard.press('Control+ArrowLeft');
    await settle(page);
    expect(await page.getByRole('heading', { level: 1 }).innerText()).not.toBe(second);
    await page.keyboard.press('/');
    await page.getByRole('combobox').waitFor();
  }));

  it('a list goes out as a file, for a stated purpose and under the rights of who asks', () => travel(browser, base, 'desktop', async (at) => {
    const { page } = at;
    await enter(at, base, ops.cookie, '/app/list/person?view=person_all');
    await page.getByRole('button', { name: '导出' }).click();
    const dialog = page.getByRole('dialog', { name: '导出个人客户' });
    await dialog.getByText('CSV', { exact: true }).click();
    expect(await dialog.getByRole('button', { name: '导出' }).isDisabled()).toBe(true);
    await dialog.getByLabel(/^用途/).fill('季度核对');
    await settle(page);
    await accessible(at, 'an export');
    await picture(at, 'export');
    const [file] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: '导出' }).click()]);
    const text = readFileSync(await file.path(), 'utf8');
    const lines = text.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^\ufeff?姓名,/);
    // What it is for, who took it and when stand in the file.
    expect(lines.at(-1)).toMatch(/^ops001 · \d{4}-\d\d-\d\d \d\d:\d\d:\d\d · 季度核对 · /);
    const { rows } = (await ops.call<{ count: { rows: number } }>('GET', 'records/person?columns=name&limit=1&count=exact')).count;
    expect(lines.length).toBe(rows + 2);
  }));

  it('each of many customers gets a task for whom they belong to', () => travel(browser, base, 'desktop', async (at) => {
    const { page } = at;
    const head = await Api.signIn(base, 'sup001');
    await enter(at, base, head.cookie, '/app/list/person?view=person_unit');
    await page.locator('.grid-line').first().waitFor();
    for (const row of [0, 1, 2]) await page.locator('.grid-line').nth(row).getByRole('checkbox').check();
    await page.getByRole('button', { name: '逐条新建' }).click();
    const dialog = page.getByRole('dialog', { name: '逐条新建' });
    await dialog.getByRole('combobox', { name: '为每条记录新建' }).click();
    await page.locator('.ant-select-item-option[title="待办 · 客户"]').click();
    await dialog.getByLabel(/^主题/).fill('补全身份资料');
    await settle(page);
    await accessible(at, 'one for each');
    await picture(at, 'bulk-create');
    await dialog.getByRole('button', { name: '确定' }).click();
    await dialog.getByText('将新建 3 条待办').waitFor();
    await dialog.getByRole('button', { name: '开始新建' }).click();
    await dialog.getByText('已新建 3 条，拒绝 0 条').waitFor({ timeout: 60_000 });
    const { records } = await head.call<{ records: Made[] }>('GET', `records/task?columns=owner,party&filter=${encodeURIComponent("subject = '补全身份资料'")}`);
    expect(records.length).toBe(3);
    expect(records.every((task) => task.values.party && task.values.owner)).toBe(true);
  }));
});
