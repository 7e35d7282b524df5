// Every request of the app: address, language, CSRF token, problem details.
import { NETWORK, Problem, type ProblemBody } from './problem.ts';

export type Query = Record<string, string | number | boolean | null | undefined>;

export interface Request {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  query?: Query;
  body?: unknown;
  form?: FormData;
  /** The version a change is based on. */
  version?: number;
  /** Makes a repeated request count once. */
  key?: string;
  signal?: AbortSignal;
}

interface Shared {
  csrf: string | null;
  language: string;
  /** Told when the server says that nobody is signed in. */
  onExpired: (code: string) => void;
}

/** What all requests share; the session and the language switch set it. */
export const shared: Shared = { csrf: null, language: 'zh-CN', onExpired: () => undefined };

/** Where the app lives, behind whatever prefix a proxy adds. */
export const root = new URL('./', document.baseURI);

export function address(path: string, query: Query = {}): string {
  const url = new URL(`api/v1/${path.replace(/^\//, '')}`, root);
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') url.searchParams.set(key, String(value));
  }
  return url.href;
}

export async function send(path: string, request: Request = {}): Promise<Response> {
  const method = request.method ?? 'GET';
  const headers: Record<string, string> = { 'Accept-Language': shared.language };
  let body: BodyInit | undefined;
  if (request.form) body = request.form;
  else if (request.body !== undefined) {
    headers['Content-Type'] = 'application/json';
    body = JSON.stringify(request.body);
  }
  if (method !== 'GET' && shared.csrf) headers['X-CSRF-Token'] = shared.csrf;
  if (request.version !== undefined) headers['If-Match'] = `"${request.version}"`;
  if (request.key) headers['Idempotency-Key'] = request.key;
  let response: Response;
  try {
    response = await fetch(address(path, request.query), {
      method, headers, body, signal: request.signal, credentials: 'same-origin',
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Problem(0, { code: NETWORK });
  }
  if (response.ok) return response;
  const problem = await read(response);
  if (EXPIRED.has(problem.code)) shared.onExpired(problem.code);
  throw problem;
}

const EXPIRED = new Set(['unauthenticated', 'password_change', 'second_factor_setup']);

async function read(response: Response): Promise<Problem> {
  let body: ProblemBody = {};
  try {
    body = (await response.json()) as ProblemBody;
  } catch {
    body = { code: response.status >= 500 ? 'unavailable' : 'unknown' };
  }
  body.trace ??= response.headers.get('x-request-id') ?? undefined;
  const retry = Number(response.headers.get('retry-after'));
  return new Problem(response.status, body, Number.isFinite(retry) && retry > 0 ? retry : undefined);
}

export async function call<T>(path: string, request: Request = {}): Promise<T> {
  const response = await send(path, request);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}
