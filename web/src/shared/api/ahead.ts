// Answers asked for before the part of the app that needs them has loaded.
import { call } from './http.ts';

/** An answer that nobody took up by then is too old to be used. */
const KEPT = 10_000;

const asked = new Map<string, Promise<unknown>>();

export function askAhead<T>(path: string): Promise<T> {
  const answer = call<T>(path);
  // Whoever takes it up learns of a failure.
  answer.catch(() => undefined);
  asked.set(path, answer);
  setTimeout(() => asked.get(path) === answer && asked.delete(path), KEPT);
  return answer;
}

/** The answer that was asked for early, once; else a new one. */
export function ahead<T>(path: string, signal?: AbortSignal): Promise<T> {
  const early = asked.get(path) as Promise<T> | undefined;
  asked.delete(path);
  return early ? early.catch(() => call<T>(path, { signal })) : call<T>(path, { signal });
}
