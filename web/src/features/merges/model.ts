// Two records side by side: what differs, which one stays by default, and what it takes over. Pure.
import { BASE } from '@/meta/definitions.ts';
import { isEmpty } from '@/meta/fields/Show.tsx';
import type { Field, Json, ObjectDef, RecordView } from '@/shared/api/types.ts';

export interface Row {
  field: Field;
  /** Whether both hold the same, as far as one can see. */
  same: boolean;
  /** Whether the record that stays may be given the other's value. */
  takeable: boolean;
}

const WORKED_OUT = new Set(['formula', 'roll_up', 'auto_number', 'child_table', 'many_to_many']);
const ALSO = new Set(['owner', 'org_unit']);

/** The fields worth comparing, what differs first, each in the order of the definition. */
export function rows(object: ObjectDef, winner: RecordView, loser: RecordView): Row[] {
  const compared = object.fields.filter((field) => (!BASE.has(field.name) || ALSO.has(field.name)) && field.type !== 'child_table');
  const known = compared.filter((field) => field.name in winner.values || field.name in loser.values);
  const all = known.map((field) => ({
    field,
    same: alike(field, winner, loser),
    takeable: !WORKED_OUT.has(field.type) && !ALSO.has(field.name) && (winner.access?.write.includes(field.name) ?? false),
  }));
  return [...all.filter((row) => !row.same), ...all.filter((row) => row.same)];
}

/** Of masked values nobody can see whether they are the same. */
function alike(field: Field, winner: RecordView, loser: RecordView): boolean {
  const a = winner.values[field.name];
  const b = loser.values[field.name];
  if (isEmpty(a) && isEmpty(b)) return true;
  if (winner.masked.includes(field.name) || loser.masked.includes(field.name)) return false;
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}

/** What the record that stays lacks and the other has. */
export function filling(list: readonly Row[], winner: RecordView, loser: RecordView): Set<string> {
  const lacking = list.filter(({ field, takeable }) => takeable && isEmpty(winner.values[field.name]) && !isEmpty(loser.values[field.name]));
  return new Set(lacking.map(({ field }) => field.name));
}

/** Which of two stays unless one chooses: the one that says more, else the older. */
export function fuller(object: ObjectDef, one: RecordView, other: RecordView): RecordView {
  const said = (record: RecordView) => object.fields.filter((field) => !BASE.has(field.name) && !isEmpty(record.values[field.name])).length;
  const difference = said(one) - said(other);
  if (difference !== 0) return difference > 0 ? one : other;
  const made = (record: RecordView) => String(record.values.created_at ?? record.id);
  return made(one) <= made(other) ? one : other;
}

const POINTERS = new Set(['reference', 'user', 'org_unit', 'cascade', 'select', 'multi_select']);
const SAID = 3;

/** A few plain values beside the title by which people tell records apart. */
export function facts(object: ObjectDef, record: RecordView): string {
  const plain = object.fields.filter((field) => field.name !== object.title && !BASE.has(field.name) && !POINTERS.has(field.type));
  const said = plain.map((field) => record.values[field.name]).filter((value) => typeof value === 'string' && value !== '');
  return said.slice(0, SAID).join(' · ');
}

export interface Why { code: string; label: { zh: string; en: string }; percent: number }

/** What is alike, surest first, with how much where it is not all. */
export function reasons(why: readonly Why[], english: boolean): string[] {
  const sorted = [...why].sort((a, b) => b.percent - a.percent);
  return sorted.map(({ label, percent }) => `${english ? label.en : label.zh}${percent < 100 ? ` ${percent}%` : ''}`);
}

export interface Side { record?: RecordView; owner?: string; handle?: string }

export interface Pair {
  level: 'certain' | 'likely' | 'possible';
  score?: number;
  why: Why[];
  state: string;
  reason?: string;
  records: [Side, Side];
}

/** Two ids as one word of an address. */
export function pairOf(text: string | undefined): [string, string] | null {
  const [one, other, more] = text?.split('.') ?? [];
  return one && other && more === undefined && one !== other ? [one, other] : null;
}

export interface Merge {
  id: string;
  winner: string;
  winner_title?: string;
  loser: string;
  loser_title?: string;
  state: 'done' | 'undone';
  rows: number;
  absorbed: number;
  by?: string;
  made_at: string;
  /** The last day on which it can be taken back. */
  until?: string;
}

export interface Left { object: string; id: string; field: Json }
