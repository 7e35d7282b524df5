import { afterEach, expect, it, vi } from 'vitest';
import { ahead, allHere, askAhead, here } from './ahead.ts';

afterEach(() => vi.unstubAllGlobals());

const answering = (body: unknown) => {
  const fetch = vi.fn(async () => new Response(JSON.stringify(body)));
  vi.stubGlobal('fetch', fetch);
  return fetch;
};

it('an answer that has come is there once', async () => {
  const fetch = answering({ name: 'a' });
  void askAhead('me');
  expect(here('me')).toBeUndefined();
  await allHere(1000);
  expect(here('me')).toEqual({ name: 'a' });
  expect(here('me')).toBeUndefined();
  expect(fetch).toHaveBeenCalledTimes(1);
});

it('an answer still on its way is waited for, not asked for again', async () => {
  const fetch = answering(1);
  void askAhead('objects');
  expect(await ahead('objects')).toBe(1);
  expect(fetch).toHaveBeenCalledTimes(1);
});

it('an early request that failed is made again', async () => {
  vi.stubGlobal('fetch', vi.fn(async () => Promise.reject(new TypeError('no network'))));
  askAhead('me').catch(() => undefined);
  await allHere(1000);
  expect(here('me')).toBeUndefined();
  answering({ name: 'b' });
  expect(await ahead('me')).toEqual({ name: 'b' });
});

it('waiting for answers has an end', async () => {
  vi.stubGlobal('fetch', vi.fn(() => new Promise(() => undefined)));
  void askAhead('slow');
  await allHere(5);
  expect(here('slow')).toBeUndefined();
});
