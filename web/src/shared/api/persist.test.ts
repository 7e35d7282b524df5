import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ahead, askAhead } from './ahead.ts';
import { newKey, persist } from './persist.ts';
import { isProblem } from './problem.ts';

const answers: (() => Promise<Response>)[] = [];
const sent: Request[] = [];
const lost = () => Promise.reject(new TypeError('failed to fetch'));
const json = (status: number, body: unknown) => () => Promise.resolve(new Response(JSON.stringify(body), { status }));

beforeEach(() => {
  vi.useFakeTimers();
  answers.length = 0;
  sent.length = 0;
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    sent.push(new Request(url, { method: init.method, headers: init.headers }));
    return (answers.shift() ?? lost)();
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('a write that may be repeated', () => {
  it('goes through once the server is back, under the key it had', async () => {
    answers.push(lost, json(503, { code: 'stopping' }), json(201, { id: 'a' }));
    const made = persist<{ id: string }>('records/x', { method: 'POST', body: {}, key: newKey() });
    await vi.runAllTimersAsync();
    expect(await made).toEqual({ id: 'a' });
    expect(new Set(sent.map((request) => request.headers.get('idempotency-key'))).size).toBe(1);
    expect(sent.length).toBe(3);
  });

  it('is not repeated once the server has decided', async () => {
    answers.push(json(422, { code: 'invalid', violations: [] }));
    await expect(persist('records/x/y', { method: 'PATCH', body: {}, version: 1 })).rejects.toSatisfy((error) => isProblem(error, 'invalid'));
    expect(sent.length).toBe(1);
  });

  it('gives up after a few attempts and says why', async () => {
    const made = persist('records/x', { method: 'POST', body: {}, key: newKey() });
    const told = expect(made).rejects.toSatisfy((error) => isProblem(error, 'network'));
    await vi.runAllTimersAsync();
    await told;
    expect(sent.length).toBe(4);
  });
});

describe('an answer asked for early', () => {
  it('is taken up once and asked for anew after that', async () => {
    answers.push(json(200, 1), json(200, 2));
    void askAhead('me');
    expect(await ahead('me')).toBe(1);
    expect(await ahead('me')).toBe(2);
  });

  it('is too old after a while', async () => {
    answers.push(json(200, 1), json(200, 2));
    void askAhead('me');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await ahead('me')).toBe(2);
  });

  it('is asked for again when it was lost', async () => {
    answers.push(lost, json(200, 2));
    askAhead('objects').catch(() => undefined);
    expect(await ahead('objects')).toBe(2);
  });
});
