// Small settings of one person on this browser: kept by key, shared by all components that ask.
import { useCallback, useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();
const cache = new Map<string, { text: string | null; value: unknown }>();

function value<T>(key: string, fallback: T): T {
  const text = localStorage.getItem(key);
  const known = cache.get(key);
  if (known && known.text === text) return known.value as T;
  let parsed: unknown = fallback;
  try {
    if (text !== null) parsed = JSON.parse(text);
  } catch {
    parsed = fallback;
  }
  cache.set(key, { text, value: parsed });
  return parsed as T;
}

export function useStored<T>(name: string, fallback: T): [T, (next: T) => void] {
  const key = `jinyao.${name}`;
  const current = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => value(key, fallback),
  );
  const set = useCallback((next: T) => {
    localStorage.setItem(key, JSON.stringify(next));
    listeners.forEach((listener) => listener());
  }, [key]);
  return [current, set];
}
