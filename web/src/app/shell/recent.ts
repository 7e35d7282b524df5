// Records seen lately and what a person marked. Titles are personal data: they stay in this tab's
// session and go with it.
import { useSyncExternalStore } from 'react';

export interface Seen { object: string; id: string; title: string }

const KEY = 'jinyao.recent';
const MOST = 12;
const listeners = new Set<() => void>();
let seen: Seen[] | undefined;

/** Read when first asked for: by then it is known whose tab this is. */
const all = () => (seen ??= read());

function read(): Seen[] {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '[]');
    return Array.isArray(value) ? (value as Seen[]) : [];
  } catch {
    return [];
  }
}

export function noteSeen(entry: Seen): void {
  const others = all().filter((other) => other.id !== entry.id);
  seen = [entry, ...others].slice(0, MOST);
  sessionStorage.setItem(KEY, JSON.stringify(seen));
  listeners.forEach((listener) => listener());
}

export function useRecent(): Seen[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    all,
  );
}
