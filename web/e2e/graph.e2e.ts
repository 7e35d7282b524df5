// The relationships around an organization: drawn and listed, opened further, followed to others.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api, type Made } from './api.ts';
import { accessible, launch, picture, settle, signIn, travel } from './browser.ts';

interface Near { nodes: { id: string; object: string; depth: number; title?: string }[]; edges: { from: string; to: string }[] }
import { served } from './product.ts';

const base = served();
let browser: Browser;
let who: string;
let near: Near;

beforeAll(async () => {
  browser = await launch();
  const api = await Api.signIn(base, 'ops001');
  const page = await api.call<{ records: Made[] }>('GET', 'records/organization?columns=name&limit=40');
  let best = -1;
  for (const { id } of page.records) {
    const around = await api.call<Near>('GET', `records/organization/${id}/graph`);
    if (around.nodes.length <= best || around.nodes.length > 40) continue;
    [best, who, near] = [around.nodes.length, id, around];
  }
});
afterAll(() => browser.close());

describe.each(['desktop', 'phone'] as const)('on a %s', (device) => {
  it('the graph is read as a list, narrowed by its legend and opened further', () => travel(browser, base, device, async (at) => {
    const { page } = at;
    await signIn(page, base, 'ops001');
    await page.goto(`${base}/app/graph/organization/${who}`);
    if (device === 'desktop') {
      await page.locator('.graph-drawing canvas').first().waitFor();
      await settle(page);
      await picture(at, 'graph');
      await accessible(at, 'graph');
      const drawing = page.locator('.graph-drawing');
      await drawing.focus();
      await page.keyboard.press('ArrowDown');
      const told = page.locator('.graph-canvas [role=status]');
      await told.getByText('已选中').waitFor();
      const first = await told.textContent();
      for (const key of ['ArrowRight', 'ArrowLeft', 'ArrowUp', 'ArrowDown']) {
        if ((await told.textContent()) === first) await page.keyboard.press(key);
      }
      expect(await told.textContent()).not.toBe(first);
      const asked = page.waitForRequest((request) => request.url().includes('/graph?'), { timeout: 5000 }).catch(() => null);
      const closed = (await told.textContent())?.includes('回车展开');
      await page.keyboard.press('Enter');
      if (closed) expect(await asked).not.toBeNull();
      await page.reload();
      await page.locator('.graph-drawing canvas').first().waitFor();
      await page.getByText('列表', { exact: true }).click();
    }
    const lines = page.locator('.graph-lines tbody tr');
    await lines.first().waitFor();
    expect(await lines.count()).toBe(near.edges.length);
    await accessible(at, 'graph as a list');
    await picture(at, 'graph-list');
    const family = page.locator('.graph-legend button').first();
    const of = Number(await family.locator('span').innerText());
    await family.click();
    expect(await lines.count()).toBeLessThanOrEqual(near.edges.length - of);
    await family.click();
    expect(await lines.count()).toBe(near.edges.length);
    const further = page.getByRole('button', { name: /展开.*的关系/ }).last();
    const name = (await further.getAttribute('aria-label')) ?? '';
    await further.click();
    await page.getByRole('button', { name, exact: true }).first().waitFor({ state: 'detached' });
    await page.goto(`${base}/app/graph/organization/${who}?on=1990-01-01`);
    await page.getByText('截至 1990-01-01 没有记录到关系').waitFor();
  }));

  it('owners, ways to another record and circles stand beside it', () => travel(browser, base, device, async (at) => {
    const { page } = at;
    const far = near.nodes.filter((node) => node.depth === 2 && node.title).at(-1);
    await signIn(page, base, 'ops001');
    await page.goto(`${base}/app/graph/organization/${who}`);
    await page.getByRole('tab', { name: '股权穿透' }).click();
    await page.getByText('受益所有人标准').waitFor();
    await settle(page);
    await accessible(at, 'owners');
    await picture(at, 'graph-owners');
    await page.goto(`${base}/app/graph/organization/${who}?view=paths&to=${far?.object}:${far?.id}`);
    await page.locator('.graph-chain').first().waitFor();
    expect(await page.locator('.graph-chain').first().innerText()).toContain(far?.title);
    await settle(page);
    await accessible(at, 'paths');
    await page.getByRole('tab', { name: '闭环' }).click();
    await page.locator('.graph-part').getByText('闭环').first().waitFor();
    await page.getByRole('tab', { name: '集团', exact: true }).click();
    await page.getByText('集团合计').first().waitFor();
    await accessible(at, 'group');
  }));

  it('the record page shows it among what refers to the record', () => travel(browser, base, device, async (at) => {
    const { page } = at;
    await signIn(page, base, 'ops001');
    await page.goto(`${base}/app/record/organization/${who}`);
    await page.getByRole('tab', { name: '股权与关联' }).click();
    const panel = page.locator('.graph-panel');
    await panel.scrollIntoViewIfNeeded();
    await panel.locator(device === 'phone' ? '.graph-lines' : '.graph-drawing canvas').first().waitFor();
    await panel.getByRole('link', { name: '打开图谱' }).click();
    await page.getByRole('heading', { level: 1, name: /的关系图谱$/ }).waitFor();
  }));
});
