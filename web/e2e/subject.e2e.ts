// Requests of those whom data is about: gathered for them in a file, and what is locked seen by few.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { Api, type Made } from './api.ts';
import { accessible, enter, launch, picture, settle, travel } from './browser.ts';
import { served } from './product.ts';

const base = served();
let browser: Browser;
let officer: Api;

beforeAll(async () => {
  browser = await launch();
  officer = await Api.signIn(base, 'compliance001');
});
afterAll(() => browser.close());

/** A request of a new customer, as far as its verification. */
async function verified(right: string, name: string): Promise<{ request: Made; person: Made }> {
  const ops = await Api.signIn(base, 'ops001');
  const person = await ops.call<Made>('POST', 'records/person', { name, opened_on: '2010-05-01' });
  const request = await officer.call<Made>('POST', 'records/subject_request', { party: { object: 'person', id: person.id }, right, channel: 'app' });
  const me = await officer.call<{ user: string }>('GET', 'me');
  const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
  await officer.call('PATCH', `records/subject_request/${request.id}`, { status: 'verified', verified_by: me.user, verified_on: today });
  return { request, person };
}

describe.each(['desktop', 'phone'] as const)('on a %s', (device) => {
  it('what is held about a customer is gathered, looked at and ready to hand over', () => travel(browser, base, device, async (at) => {
    const { page } = at;
    const { request } = await verified('copy', `请求人 ${device}`);
    await enter(at, base, officer.cookie, `/app/record/subject_request/${request.id}?tab=1`);
    await page.getByRole('button', { name: '答复请求' }).click();
    const ask = page.getByRole('dialog');
    await ask.getByRole('button', { name: '开始收集' }).click();
    await page.getByRole('button', { name: /^预览 .*\.txt$/ }).first().click({ timeout: 60_000 });
    await page.getByRole('dialog').getByText(`请求人 ${device}`).first().waitFor();
    await settle(page);
    await accessible(at, 'a dossier');
    await picture(at, 'dossier');
  }));

  it('what the law keeps is not erased, and the reason is told', () => travel(browser, base, device, async (at) => {
    const { page } = at;
    const { request } = await verified('delete', `不可删 ${device}`);
    await enter(at, base, officer.cookie, `/app/record/subject_request/${request.id}`);
    await page.getByRole('button', { name: '答复请求' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '删除或锁定' }).click();
    await page.getByText('保存期尚未起算').first().waitFor();
  }));
});

it('locked records are listed for those who may see them', () => travel(browser, base, 'desktop', async (at) => {
  const { page } = at;
  await enter(at, base, officer.cookie, '/app/list/person');
  await page.getByRole('button', { name: '已锁定' }).click();
  await page.getByRole('dialog').getByText('没有锁定的记录').waitFor();
  await accessible(at, 'locked records');
}));
