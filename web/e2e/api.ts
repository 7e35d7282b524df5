// The API as another person or program uses it beside the browser.
export interface Made { id: string; version: number; values: Record<string, unknown> }

export class Api {
  private constructor(private readonly base: string, private readonly cookie: string, private readonly csrf: string) {}

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
}
