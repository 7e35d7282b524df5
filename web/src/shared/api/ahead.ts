// Answers asked for before the part of the app that needs them has loaded.
import { call } from './http.ts';

/** An answer that nobody took up by then is too old to be used. */
const KEPT = 10_000;

const asked = new Map<string, Promise<unknown>>();
const arrived = new Map<string, unknown>();

export function askAhead<T>(path: string): Promise<T> {
  const answer = call<T>(path);
  // Whoever takes it up learns of a failure.
  answer.then((value) => asked.get(path) === answer && arrived.set(path, value), () => undefined);
  asked.set(path, answer);
  setTimeout(() => asked.get(path) === answer && drop(path), KEPT);
  return answer;
}

function drop(path: string): void {
  asked.delete(path);
  arrived.delete(path);
}

/** The answer that was asked for early and has come, once: what is drawn first then has its data. */
export function here<T>(path: string): T | undefined {
  const value = arrived.get(path) as T | undefined;
  if (value !== undefined) drop(path);
  return value;
}

/** Ends when every early answer has come or failed, or after `most` milliseconds. */
export async function allHere(most: number): Promise<void> {
  await Promise.race([Promise.allSettled(asked.values()), new Promise((done) => setTimeout(done, most))]);
}

/** The answer that was asked for early, once; else a new one. */
export function ahead<T>(path: string, signal?: AbortSignal): Promise<T> {
  const early = asked.get(path) as Promise<T> | undefined;
  drop(path);
  return early ? early.catch(() => call<T>(path, { signal })) : call<T>(path, { signal });
}
