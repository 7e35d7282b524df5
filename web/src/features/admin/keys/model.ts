// API keys as the server tells them, and what is typed for a new one.

export interface ApiKey {
  id: string;
  user: string;
  prefix: string;
  label: string;
  scopes: string[];
  networks: string[];
  created_at: string;
  expires_at: string | null;
  last_used: string | null;
  revoked_at: string | null;
}

export type KeyState = 'active' | 'expired' | 'revoked';

export function stateOf(key: ApiKey, now: Date): KeyState {
  if (key.revoked_at) return 'revoked';
  return key.expires_at && new Date(key.expires_at) <= now ? 'expired' : 'active';
}

export interface ScopeLine { object: string; actions: string[] }

/** Scopes as the server reads them, `object:read,update`; the same object twice is one. */
export function scopeTexts(lines: ScopeLine[]): string[] {
  const made = new Map<string, Set<string>>();
  for (const line of lines) {
    if (!line.object || line.actions.length === 0) continue;
    const actions = made.get(line.object) ?? new Set();
    line.actions.forEach((action) => actions.add(action));
    made.set(line.object, actions);
  }
  return [...made].map(([object, actions]) => `${object}:${[...actions].join(',')}`);
}

export function scopeOf(text: string): ScopeLine {
  const [object = '', actions = ''] = text.split(':');
  return { object, actions: actions.split(',').filter((action) => action !== '') };
}

/** Addresses as typed, one a line or separated by commas. */
export const networksOf = (text: string) => text.split(/[\s,，;；]+/).filter((one) => one !== '');

const V4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(\/(\d|[12]\d|3[0-2]))?$/;
const V6 = /^[0-9a-f:]+(\/(\d{1,2}|1[01]\d|12[0-8]))?$/i;

/** Whether a text looks like an address or a network; the server has the last word. */
export function isNetwork(text: string): boolean {
  const parts = V4.exec(text);
  if (parts) return parts.slice(1, 5).every((part) => Number(part) <= 255);
  return V6.test(text) && text.includes(':');
}
