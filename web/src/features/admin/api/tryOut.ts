// Sends what was filled in, as the app itself sends: the session's cookie, its CSRF token, its
// language. A refusal is an answer like any other here.
import { root, shared } from '@/shared/api/http.ts';
import { NETWORK, Problem } from '@/shared/api/problem.ts';
import { type Operation, target } from './model.ts';

export interface Reply { status: number; ms: number; headers: [string, string][]; text: string; cut: boolean }

/** More than this is for a program to read. */
const SHOWN = 60_000;

export async function tryOut(operation: Operation, values: Record<string, string>, body: string): Promise<Reply> {
  const { path, headers } = target(operation, values);
  const all: Record<string, string> = { 'Accept-Language': shared.language, ...headers };
  if (operation.method !== 'GET' && shared.csrf) all['X-CSRF-Token'] = shared.csrf;
  const given = operation.body && body.trim() ? body : undefined;
  if (given) all['Content-Type'] = operation.body?.type ?? 'application/json';
  const started = performance.now();
  let response: Response;
  try {
    response = await fetch(new URL(`api/v1${path}`, root), { method: operation.method, headers: all, body: given, credentials: 'same-origin' });
  } catch {
    throw new Problem(0, { code: NETWORK });
  }
  const text = await response.text();
  return { status: response.status, ms: Math.round(performance.now() - started), headers: [...response.headers], text: pretty(text).slice(0, SHOWN), cut: text.length > SHOWN };
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
