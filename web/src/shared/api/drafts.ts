// What a person typed and did not save, kept by this tab until it is saved, thrown away or old. Each
// draft belongs to one user: nobody else who signs in here meets it.
const PREFIX = 'jinyao.draft.';
/** Whose tab this is. */
const USER = 'jinyao.user';
const MOST = 20;
const LONGEST = 200_000;
const DAYS = 7;

export interface Draft<T> { at: string; kept: T }

const nameOf = (user: string, what: string) => `${PREFIX}${user}.${what}`;

function names(): string[] {
  return Array.from({ length: sessionStorage.length }, (_, at) => sessionStorage.key(at) ?? '').filter((name) => name.startsWith(PREFIX));
}

function read(name: string): Draft<unknown> | null {
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(name) ?? 'null');
    return found && typeof found === 'object' && 'at' in found && 'kept' in found ? (found as Draft<unknown>) : null;
  } catch {
    return null;
  }
}

export function draftOf<T>(user: string, what: string, now = new Date()): Draft<T> | null {
  const found = read(nameOf(user, what)) as Draft<T> | null;
  if (!found) return null;
  const age = now.getTime() - Date.parse(found.at);
  if (age >= 0 && age < DAYS * 86_400_000) return found;
  dropDraft(user, what);
  return null;
}

/** Keeps `kept`; the oldest draft goes when there are too many. What is too long is not kept. */
export function keepDraft(user: string, what: string, kept: unknown, now = new Date()): void {
  const name = nameOf(user, what);
  const text = JSON.stringify({ at: now.toISOString(), kept });
  if (text.length > LONGEST) return;
  const others = names().filter((one) => one !== name).map((one) => ({ one, at: read(one)?.at ?? '' }));
  others.sort((a, b) => a.at.localeCompare(b.at));
  for (const { one } of others.slice(0, Math.max(0, others.length + 1 - MOST))) sessionStorage.removeItem(one);
  try {
    sessionStorage.setItem(name, text);
  } catch {
    // A browser without room keeps no draft; the form itself still holds what was typed.
  }
}

export function dropDraft(user: string, what: string): void {
  sessionStorage.removeItem(nameOf(user, what));
}

/** Somebody signed in: what others left in this tab goes, also beside drafts. */
export function dropOthers(user: string): void {
  for (const name of names()) if (!name.startsWith(`${PREFIX}${user}.`)) sessionStorage.removeItem(name);
  if (sessionStorage.getItem(USER) === user) return;
  for (const key of Object.keys(sessionStorage)) if (!key.startsWith(PREFIX)) sessionStorage.removeItem(key);
  sessionStorage.setItem(USER, user);
}
