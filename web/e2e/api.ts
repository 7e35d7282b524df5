// The API as another person or program uses it beside the browser.
import { createHmac } from 'node:crypto';

export interface Made { id: string; version: number; values: Record<string, unknown> }

export class Api {
  private constructor(private readonly base: string, readonly cookie: string, private csrf: string) {}

  static async signIn(base: string, login: string, password = 'Jinyao-Demo-1'): Promise<Api> {
    const answer = await fetch(`${base}/api/v1/session`, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ login, password }),
    });
    if (!answer.ok) throw new Error(`sign in: ${answer.status}`);
    const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
    const { csrf } = (await answer.json()) as { csrf: string };
    return new Api(base, cookie, csrf);
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.base}/api/v1/${path}`, {
      method,
      headers: { 'Content-Type': 'application/json', Cookie: this.cookie, 'X-CSRF-Token': this.csrf },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text ? JSON.parse(text) : undefined) as T;
  }

  /** Signs in somebody whose role demands a second factor, and sets one up. */
  static async signInTwice(base: string, login: string): Promise<Api> {
    const api = await Api.signIn(base, login);
    const { secret } = await api.call<{ secret: string }>('POST', 'session/totp', {});
    await api.call('PUT', 'session/totp', { code: oneTimeCode(secret) });
    api.csrf = (await api.call<{ csrf: string }>('GET', 'session')).csrf;
    return api;
  }
}

/** The six digits that an authenticator shows (RFC 6238). */
export function oneTimeCode(secret: string, time = Date.now()): string {
  const bits = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(time / 30_000)));
  const hash = createHmac('sha1', key).update(step).digest();
  const at = (hash.at(-1) ?? 0) & 15;
  return String((hash.readUInt32BE(at) & 0x7f_ff_ff_ff) % 1_000_000).padStart(6, '0');
}
