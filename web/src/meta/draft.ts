// What a person has changed and not saved, and how it meets what others changed meanwhile. Pure.
import type { Violation } from '@/shared/api/problem.ts';
import type { Json, RecordView } from '@/shared/api/types.ts';

export type Values = Record<string, Json>;

export function same(a: Json | undefined, b: Json | undefined): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}

/** The values that differ from the record: what an update sends. */
export function changes(base: RecordView, draft: Values): Values {
  const changed = Object.entries(draft).filter(([name, value]) => base.masked.includes(name) || !same(base.values[name], value));
  return Object.fromEntries(changed);
}

/** What is written down of an edit: the changes, and what they change, so that what others do
 * meanwhile is met as if the form had stayed open. */
export interface Kept { version: number; before: Values; values: Values }

export function kept(base: RecordView, changed: Values): Kept {
  const before = Object.keys(changed).map((name): [string, Json] => [name, base.values[name] ?? null]);
  return { version: base.version, before: Object.fromEntries(before), values: changed };
}

/** An edit taken up again: the record as it was then, and what of the changes may still be written. */
export function takenUp(record: RecordView, draft: Kept): { base: RecordView; values: Values } {
  const writable = record.access?.write ?? [];
  const values = Object.fromEntries(Object.entries(draft.values).filter(([name]) => writable.includes(name)));
  return { base: { ...record, version: draft.version, values: { ...record.values, ...draft.before } }, values };
}

export interface Conflict { field: string; original: Json; theirs: Json; mine: Json }

/** Fields that both changed, to different values. Fields that only one of them changed merge. */
export function conflicts(base: RecordView, theirs: RecordView, mine: Values): Conflict[] {
  return Object.entries(mine)
    .filter(([name, value]) => !same(base.values[name], theirs.values[name]) && !same(theirs.values[name], value))
    .map(([name, value]) => ({ field: name, original: base.values[name] ?? null, theirs: theirs.values[name] ?? null, mine: value }));
}

/** What to send after the choice: own values but where theirs are kept or are the same already. */
export function resolved(theirs: RecordView, mine: Values, keepTheirs: ReadonlySet<string>): Values {
  const kept = Object.entries(mine).filter(([name, value]) => !keepTheirs.has(name) && !same(theirs.values[name], value));
  return Object.fromEntries(kept);
}

/** What the server refused and what the page sees by itself; each once. */
export function joined(told: Violation[], seen: Violation[]): Violation[] {
  const known = new Set(told.map((violation) => `${violation.field} ${violation.code}`));
  return [...told, ...seen.filter((violation) => !known.has(`${violation.field} ${violation.code}`))];
}
