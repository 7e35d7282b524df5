// Every address of the app, as one who may see it, on a desktop and a phone: no finding of axe that
// is serious or worse. What opens on a page is looked at by the journeys that open it.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allowed, PAGES } from '@/features/admin/pages.ts';
import type { Me } from '@/shared/api/types.ts';
import { Api } from './api.ts';
import { accessible, enter, go, launch, travel } from './browser.ts';
import { Product } from './product.ts';

interface Described { objects: { name: string; actions: string[]; views: number }[] }

let product: Product;
let base: string;
let browser: Browser;
let manager: Api;
/** Who sees each page of administration. */
const keepers = new Map<string, Api>();
let addresses: string[];

beforeAll(async () => {
  // A base of its own: a second factor can be set up once.
  product = await Product.copy();
  await product.start();
  ({ base } = product);
  browser = await launch();
  manager = await Api.signIn(base, 'rm001');
  for (const login of ['sysadmin001', 'secadmin001', 'audit001']) {
    const api = await Api.signInTwice(base, login);
    for (const { page } of allowed(await api.call<Me>('GET', 'me'))) keepers.set(page, api);
  }
  const { objects } = await manager.call<Described>('GET', 'objects');
  const may = (action: string) => objects.filter((object) => object.actions.includes(action)).map((object) => object.name);
  const first = async (object: string) => (await manager.call<{ records: { id: string }[] }>('GET', `records/${object}?columns=id&limit=1`)).records[0]?.id;
  const records = await Promise.all(may('read').map(async (object) => ({ object, id: await first(object) })));
  addresses = [
    '/', '/app/menu', '/app/imports', '/app/imports/new', '/app/merges', '/app/nothing-here',
    ...may('read').map((object) => `/app/list/${object}`),
    ...may('create').map((object) => `/app/new/${object}`),
    ...records.filter(({ id }) => id).map(({ object, id }) => `/app/record/${object}/${id}`),
    // The drawing is the same for all.
    ...records.filter(({ id }) => id).slice(0, 2).map(({ object, id }) => `/app/graph/${object}/${id}`),
  ];
});
afterAll(async () => {
  await browser?.close();
  await product?.remove();
});

describe.each(['desktop', 'phone'] as const)('on a %s', (device) => {
  it('the pages of those who work with records are accessible', () => travel(browser, base, device, async (at) => {
    expect(addresses.length).toBeGreaterThan(20);
    await enter(at, base, manager.cookie, '/');
    for (const address of addresses) {
      await go(at, base, address);
      await accessible(at, address);
    }
  }), 900_000);

  it('the pages of administration are accessible', () => travel(browser, base, device, async (at) => {
    for (const { page } of PAGES) {
      await enter(at, base, keepers.get(page)?.cookie ?? '', `/app/admin/${page}`);
      await accessible(at, page);
    }
  }), 600_000);
});
