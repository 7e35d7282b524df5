// A file of a branch, GB18030 with semicolons: tried, mended, imported and taken back, on a desktop
// and on a phone.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from './api.ts';
import { accessible, enter, launch, picture, settle, travel } from './browser.ts';
import { served } from './product.ts';

const SAMPLE = fileURLToPath(new URL('../../samples/customers_branch_gb18030.csv', import.meta.url));
/** A job runs beside other journeys. */
const PATIENT = { timeout: 60_000 };
/** Rows of the sample, and those that no institution could take: see samples/expected.json. */
const [ROWS, BAD] = [500, 2];

const base = served();
let browser: Browser;
let ops: Api;

beforeAll(async () => {
  browser = await launch();
  ops = await Api.signIn(base, 'ops001');
});
afterAll(() => browser.close());

/** How many customers with a phone of the sample there are. */
async function imported(): Promise<number> {
  const filter = encodeURIComponent("starts_with(mobile, '139000005') or starts_with(mobile, '139000006')");
  const page = await ops.call<{ count: { rows: number } }>('GET', `records/person?columns=name&filter=${filter}&limit=1&count=exact`);
  return page.count.rows;
}

describe.each(['desktop', 'phone'] as const)('on a %s', { timeout: 240_000 }, (device) => {
  it('a branch\'s file is tried, mended, imported and taken back', () => travel(browser, base, device, async (at) => {
    const { page } = at;
    const before = await imported();
    await enter(at, base, ops.cookie, '/app/imports/new?object=person');
    await accessible(at, 'choosing a file');
    await picture(at, 'import-file');
    await page.locator('input[type=file]').setInputFiles({ name: '支行客户.csv', mimeType: 'text/csv', buffer: readFileSync(SAMPLE) });
    await page.getByText('9 列中已对应 9 列').waitFor();
    const reading = page.getByRole('region', { name: '文件读取方式' });
    await reading.getByText('GB18030', { exact: true }).waitFor();
    await reading.getByText('分号', { exact: true }).waitFor();
    await settle(page);
    await accessible(at, 'mapping');
    await picture(at, 'import-mapping');

    await page.getByRole('button', { name: '试导入', exact: true }).click();
    const bad = page.getByRole('region', { name: '有问题的行' });
    await bad.waitFor(PATIENT);
    await bad.getByRole('button', { name: /^管户经理：所指记录不存在/ }).waitFor();
    await bad.getByRole('button', { name: /^联系电话：格式不正确/ }).click();
    expect(await bad.locator('tbody tr').count()).toBe(1);
    expect(await bad.locator('tbody').innerText()).toMatch(/^262\s/);
    await settle(page);
    await accessible(at, 'a dry run');
    await picture(at, 'import-report');
    const [file] = await Promise.all([page.waitForEvent('download'), bad.getByRole('button', { name: '下载问题行' }).click()]);
    expect(file.suggestedFilename()).toBe('支行客户-问题行.csv');
    // With what stood in the rows, for mending.
    expect(readFileSync(await file.path(), 'utf8').split('\n')[1]).toMatch(/^2,.*370202199412242419,王宇磊,13900000501/);

    // The managers of another institution are not known here: the column is left out.
    await page.getByRole('button', { name: '修改设置' }).click();
    const manager = page.getByRole('row', { name: /^管户经理/ });
    await manager.locator('.ant-select').hover();
    await manager.locator('.ant-select-clear').click();
    await page.getByText('9 列中已对应 8 列').waitFor();
    await page.getByRole('button', { name: '试导入', exact: true }).click();
    const run = page.getByRole('button', { name: `正式导入 ${ROWS - BAD} 行` });
    await run.waitFor(PATIENT);
    expect(await imported()).toBe(before);

    await run.click();
    const undo = page.getByRole('button', { name: '撤销导入' });
    await undo.waitFor(PATIENT);
    await settle(page);
    await accessible(at, 'an import');
    await picture(at, 'import-done');
    expect(await imported()).toBeGreaterThan(before);
    await undo.click();
    await page.locator('.ant-modal-confirm').getByRole('button', { name: '撤销导入' }).click();
    await page.getByText('这次导入写入的内容已全部撤销。').waitFor(PATIENT);
    expect(await imported()).toBe(before);
    await page.getByRole('link', { name: '导入记录' }).last().click();
    await page.getByText('支行客户.csv').first().waitFor();
    await settle(page);
    await accessible(at, 'past imports');
    await picture(at, 'imports');
  }));
});
