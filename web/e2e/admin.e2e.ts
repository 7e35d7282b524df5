// Those who look after the platform, on a desktop and on a phone: the org tree, roles, parameters,
// keys, the audit log, definitions, the API.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from './api.ts';
import { accessible, type Device, enter, launch, picture, settle, signIn, travel, type Visit } from './browser.ts';
import { served } from './product.ts';

const base = served();
let browser: Browser;
const keepers: Record<string, Api> = {};

beforeAll(async () => {
  browser = await launch();
  for (const login of ['sysadmin001', 'secadmin001', 'audit001']) keepers[login] = await Api.signInTwice(base, login);
});
afterAll(() => browser.close());

/** A page as somebody who is signed in already sees it. */
const as = (login: string, device: Device, path: string, work: (visit: Visit) => Promise<void>) => travel(browser, base, device, async (at) => {
  at.page.setDefaultTimeout(40_000);
  await enter(at, base, keepers[login]?.cookie ?? '', path);
  await work(at);
});

interface Unit { id: string; values: { name: string; parent: string | null; code: string } }

async function units(): Promise<Unit[]> {
  const page = await keepers.sysadmin001?.call<{ records: Unit[] }>('GET', 'records/org_unit?columns=name,code,parent&limit=200');
  return page?.records ?? [];
}

describe.each(['desktop', 'phone'] as const)('on a %s', { timeout: 180_000 }, (device) => {
  it('a unit is made, moved with its effect told, and renamed', () => as('sysadmin001', device, '/app/admin/org', async (at) => {
    const { page } = at;
    await page.getByRole('tree').waitFor();
    await settle(page);
    await accessible(at, 'org');
    await picture(at, 'admin-org');
    const before = await units();
    const [root] = before.filter((unit) => unit.values.parent === null);
    const [first, second] = before.filter((unit) => unit.values.parent === root?.id);
    const made = await keepers.sysadmin001?.call<Unit>('POST', 'records/org_unit', { code: `T${device}`, name: `试点${device}`, parent: first?.id });
    await page.goto(`${base}/app/admin/org?unit=${made?.id}`);
    await page.getByRole('heading', { level: 2, name: `试点${device}` }).waitFor();
    await page.getByRole('button', { name: '移动到…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('新的上级机构').fill(String(second?.values.name));
    await page.keyboard.press('Enter');
    await dialog.getByText('随之移动：1 个机构').waitFor();
    await settle(page);
    await accessible(at, 'move');
    await picture(at, 'admin-move');
    await dialog.getByRole('button', { name: '确认移动' }).click();
    await dialog.waitFor({ state: 'hidden' });
    expect((await units()).find((unit) => unit.id === made?.id)?.values.parent).toBe(second?.id);
    await page.getByRole('button', { name: '改名' }).click();
    await page.getByRole('dialog').getByRole('textbox').fill(`新名${device}`);
    await page.getByRole('dialog').getByRole('button', { name: '保存' }).click();
    await page.getByRole('heading', { level: 2, name: `新名${device}` }).waitFor();
    if (device === 'desktop') {
      const tree = page.getByRole('tree');
      await tree.getByRole('treeitem', { name: `新名${device}` }).dragTo(tree.getByRole('treeitem', { name: String(first?.values.name) }).first());
      await page.getByRole('dialog').getByText('随之移动：1 个机构').waitFor();
      await page.keyboard.press('Escape');
    }
  }));

  it('a role is read as a matrix, its fields one by one', () => as('sysadmin001', device, '/app/admin/roles?role=security_admin', async (at) => {
    const { page } = at;
    await page.getByRole('button', { name: '角色任命', exact: true }).waitFor();
    await settle(page);
    await accessible(at, 'a role');
    await page.getByRole('button', { name: '用户', exact: true }).first().click();
    await page.getByRole('heading', { name: '授权来源' }).waitFor();
    await settle(page);
    await accessible(at, 'fields of a role');
    await page.goto(`${base}/app/admin/roles?role=relationship_manager`);
    await page.getByRole('button', { name: '个人客户', exact: true }).click();
    await page.getByRole('heading', { name: '授权来源' }).waitFor();
    await settle(page);
    await picture(at, 'admin-role-fields');
    await page.goto(`${base}/app/admin/roles?tab=all`);
    await page.getByRole('table').waitFor();
    await settle(page);
    await picture(at, 'admin-roles-all');
  }));

  it('a grant is changed in the draft, and only that', () => as('sysadmin001', device, '/app/admin/roles?role=auditor&object=user', async (at) => {
    const { page } = at;
    await page.getByRole('button', { name: '编辑' }).first().click();
    const form = page.getByRole('dialog', { name: '用户 · 编辑授权' });
    await form.getByRole('checkbox', { name: '导出' }).check();
    await accessible(at, 'a grant');
    await form.getByRole('button', { name: '写入草稿' }).click();
    await form.waitFor({ state: 'hidden' });
    const told = await keepers.sysadmin001?.call<{ changes: string[]; problems: unknown[] }>('GET', 'definitions/diff');
    expect(told?.problems).toEqual([]);
    expect(told?.changes.filter((change) => change.includes('auditor'))).toHaveLength(1);
    await keepers.sysadmin001?.call('DELETE', 'definitions/draft/core/roles/auditor.toml');
  }));

  it('rights are seen as a user has them, without the data', () => as('secadmin001', device, '/app/admin/users', async (at) => {
    const { page } = at;
    await page.locator('.admin-table button.link').first().waitFor();
    await settle(page);
    await accessible(at, 'users');
    await picture(at, 'admin-users');
    const users = await keepers.secadmin001?.call<{ records: { id: string }[] }>('GET', `records/user?columns=name,login&filter=${encodeURIComponent("login = 'rm001'")}`);
    await page.goto(`${base}/app/admin/roles?tab=user&user=${users?.records[0]?.id}`);
    await page.getByText('客户经理 · ').waitFor();
    await settle(page);
    await picture(at, 'admin-view-as');
    await page.goto(`${base}/app/admin/users`);
    await page.locator('.admin-table button.link').first().click();
    await page.getByRole('button', { name: '移交名下数据' }).click();
    await page.getByRole('dialog', { name: /^移交/ }).waitFor();
    await settle(page);
    await accessible(at, 'handover');
  }));

  it('what a leaver has is handed over, and the job says what came of it', () => as('secadmin001', device, '/app/admin/users', async (at) => {
    const { page } = at;
    const what = device === 'phone' ? '沟通记录' : '待办';
    await page.getByLabel('按姓名或登录名查找').fill('rm003');
    await page.keyboard.press('Enter');
    await page.locator('.admin-table tbody tr').getByText('rm003').waitFor();
    await page.locator('.admin-table button.link').first().click();
    await page.getByRole('button', { name: '移交名下数据' }).click();
    const dialog = page.getByRole('dialog', { name: /^移交/ });
    const chosen = dialog.locator('.handover-objects label', { hasText: what }).first();
    const count = Number.parseInt((await chosen.innerText()).replace(what, '').replaceAll(',', '').trim(), 10);
    expect(count).toBeGreaterThan(0);
    await chosen.click();
    const receiver = dialog.getByRole('combobox', { name: '接手人' });
    await receiver.click();
    await page.locator('.record-choice').first().waitFor();
    // Whoever is quicker than the search takes nobody of the list before.
    await receiver.fill('rm004');
    await page.keyboard.press('Enter');
    await page.locator('.record-choice', { hasText: '林艳' }).waitFor();
    await page.keyboard.press('Enter');
    await dialog.locator('.ant-select', { hasText: '林艳' }).waitFor();
    await dialog.getByLabel('原因').fill('离职交接');
    await dialog.getByRole('button', { name: `移交 ${count} 条` }).click();
    await dialog.getByText(`已移交 ${count} 条，被拒绝 0 条，未分配 0 条`).waitFor();
    await picture(at, 'admin-handover');
    await dialog.locator('.ant-modal-footer').getByRole('button', { name: '关闭' }).click();
    await travel(browser, base, device, async (other) => {
      await enter(other, base, keepers.sysadmin001?.cookie ?? '', '/app/admin/jobs?kind=handover');
      await other.page.locator('.admin-table button.link').first().click();
      await other.page.locator('.facts dt', { hasText: '已移交' }).waitFor();
      await accessible(other, 'job');
      await picture(other, 'admin-job');
    });
  }));

  it('a parameter gets a value for a day to come', () => as('sysadmin001', device, '/app/admin/parameters?group=security', async (at) => {
    const { page } = at;
    await page.locator('.admin-table button.link').first().waitFor();
    await settle(page);
    await accessible(at, 'parameters');
    await picture(at, 'admin-parameters');
    await page.locator('.admin-table button.link').first().click();
    const panel = page.getByRole('dialog');
    await panel.getByRole('heading', { name: '添加一个值' }).waitFor();
    await panel.getByLabel('值').fill('14');
    await panel.getByRole('button', { name: '写入草稿' }).click();
    await panel.getByText('草稿中有改动').waitFor();
    await settle(page);
    await accessible(at, 'one parameter');
    await picture(at, 'admin-parameter');
    const { files } = (await keepers.sysadmin001?.call<{ files: string[] }>('GET', 'definitions/files')) ?? { files: [] };
    const path = files.find((one) => one.endsWith('/password_length_min.toml'));
    await keepers.sysadmin001?.call('DELETE', `definitions/draft/${path}`);
  }));

  it('a key is made, shown once, used and withdrawn', () => as('secadmin001', device, '/app/admin/keys', async (at) => {
    const { page } = at;
    await page.getByRole('button', { name: '新建密钥' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('名称').fill(`夜间同步 ${device}`);
    await form.getByLabel('代表的用户').fill('rm001');
    await page.locator('.ant-select-item-option', { hasText: 'rm001' }).click();
    await form.getByLabel('对象').fill('个人客户');
    await page.keyboard.press('Enter');
    await accessible(at, 'new key');
    await form.getByRole('button', { name: '新建密钥' }).click();
    const secret = page.getByTestId('secret');
    await secret.waitFor();
    await accessible(at, 'secret');
    const key = await secret.innerText();
    const asked = await fetch(`${base}/api/v1/records/person?limit=1`, { headers: { Authorization: `Bearer ${key}` } });
    expect(asked.status).toBe(200);
    await page.getByRole('button', { name: '我已保存' }).click();
    const line = page.locator('tr', { hasText: `夜间同步 ${device}` }).first();
    await line.waitFor();
    expect(await page.content()).not.toContain(key);
    await settle(page);
    await accessible(at, 'keys');
    await picture(at, 'admin-keys');
    await line.getByRole('button', { name: '吊销' }).click();
    await page.locator('.ant-modal-confirm').getByRole('button', { name: '吊销' }).click();
    await line.waitFor({ state: 'hidden' });
    const refused = await fetch(`${base}/api/v1/records/person?limit=1`, { headers: { Authorization: `Bearer ${key}` } });
    expect(refused.status).toBe(401);
  }));

  it('an auditor reads the log in words, verifies it and takes a proof', () => as('audit001', device, '/app/admin/audit?kind=create', async (at) => {
    const { page } = at;
    await page.locator('.admin-table button.link').first().waitFor();
    await settle(page);
    await accessible(at, 'audit');
    await picture(at, 'admin-audit');
    const rows = await page.locator('.admin-table tbody').innerText();
    expect(rows).not.toMatch(/\b[a-z]+_[a-z]+\b/);
    await page.locator('.admin-table button.link').first().click();
    const entry = page.getByRole('dialog');
    await entry.getByText('字段').first().waitFor();
    await settle(page);
    await accessible(at, 'an entry');
    await picture(at, 'admin-entry');
    const [proof] = await Promise.all([page.waitForEvent('download'), entry.getByRole('button', { name: '下载此记录的证明' }).click()]);
    expect(proof.suggestedFilename()).toMatch(/\.json$/);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: '验证完整性' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '开始验证' }).click();
    await page.getByText('日志完整，没有被改动').waitFor();
  }));

  it('options, labels and a layout are edited, and what uses them is found', () => as('sysadmin001', device, '/app/admin/definitions?tab=options&set=core%2Foptions%2Forg_level.toml', async (at) => {
    const { page } = at;
    await page.getByLabel('team 中文名称').waitFor();
    await settle(page);
    await accessible(at, 'options');
    await picture(at, 'admin-options');
    await page.getByLabel('team 中文名称').fill(`小组${device}`);
    await page.getByRole('button', { name: '写入草稿' }).click();
    await page.getByRole('button', { name: '使用位置' }).click();
    await page.getByText('core/objects/org_unit.toml').waitFor();
    await settle(page);
    await accessible(at, 'usage');
    await page.keyboard.press('Escape');
    await page.goto(`${base}/app/admin/definitions?tab=layouts&object=task`);
    await page.getByRole('region', { name: '预览' }).waitFor();
    await settle(page);
    const preview = page.locator('.preview-fields').first();
    const order = await preview.innerText();
    await page.locator('.layout-fields').first().getByRole('button', { name: /^下移/ }).first().click();
    expect(await preview.innerText()).not.toBe(order);
    await accessible(at, 'layout');
    await picture(at, 'admin-layout');
    await page.getByRole('button', { name: '写入草稿' }).click();
    await page.getByText('草稿', { exact: true }).first().waitFor();
    const { problems, changes } = (await keepers.sysadmin001?.call<{ problems: unknown[]; changes: string[] }>('GET', 'definitions/diff')) ?? { problems: [1], changes: [] };
    expect(problems).toEqual([]);
    expect(changes.length).toBeGreaterThan(0);
    for (const path of ['core/options/org_level.toml', 'core/layouts/task_page.toml']) await keepers.sysadmin001?.call('DELETE', `definitions/draft/${path}`);
  }));

  it('jobs and definitions are read', () => as('sysadmin001', device, '/app/admin/jobs', async (at) => {
    const { page } = at;
    await page.getByRole('heading', { level: 1, name: '后台任务' }).waitFor();
    await settle(page);
    await accessible(at, 'jobs');
    await picture(at, 'admin-jobs');
    await page.goto(`${base}/app/admin/definitions?object=task`);
    await page.getByRole('heading', { level: 2, name: '待办' }).waitFor();
    await settle(page);
    await accessible(at, 'definitions');
    await picture(at, 'admin-definitions');
  }));

  it('the API is read and tried with one\'s own rights', () => travel(browser, base, device, async (at) => {
    const { page } = at;
    await signIn(page, base, 'rm001');
    await page.goto(`${base}/app/admin/api`);
    await page.getByLabel('查找接口').fill('列出个人客户');
    await settle(page);
    await accessible(at, 'operations');
    await page.getByRole('button', { name: /列出个人客户/ }).first().click();
    await page.getByRole('button', { name: '发送' }).click();
    await page.getByText('200', { exact: true }).first().waitFor();
    expect(await page.locator('[aria-label=curl]').innerText()).toContain('/api/v1/records/person');
    await settle(page);
    await accessible(at, 'an operation');
    await picture(at, 'admin-api');
    if (device === 'phone') await page.keyboard.press('Escape');
    await page.getByLabel('查找接口').fill('新建沟通记录');
    await page.getByRole('button', { name: /新建沟通记录/ }).first().click();
    await page.getByLabel('请求内容').fill('{"subject": "接口试用"}');
    await page.getByRole('button', { name: '发送' }).click();
    await page.locator('.ant-modal-confirm').getByRole('button', { name: '发送' }).click();
    await page.getByText(/^(201|422)$/).first().waitFor();
  }));
});
