// Grouping of rows: by which fields, and which rows a group stands for.
import { quote } from '@/meta/filter/conditions.ts';
import { kindOf } from '@/meta/fields/kinds.ts';
import type { Field, Json, ObjectDef } from '@/shared/api/types.ts';

export const SPANS = ['day', 'month', 'quarter', 'year'] as const;
type Span = (typeof SPANS)[number];

const BY_VALUE = new Set(['select', 'cascade', 'boolean', 'user', 'org_unit', 'reference']);

/** Fields with few enough values to be worth a heading each. */
export function groupable(field: Field): boolean {
  if (field.access === 'masked' || field.encrypted || field.unique || field.name === 'id') return false;
  if (field.type === 'reference') return field.to?.length === 1 && field.to[0] !== '*';
  return BY_VALUE.has(field.type) || spanned(field);
}

const spanned = (field: Field) => field.type === 'date' || field.type === 'date_time';

/** The ways to group by a field: its values, or spans of time. */
export function spansOf(field: Field): string[] {
  return spanned(field) ? ['month', 'quarter', 'year'].map((span) => `${field.name}:${span}`) : [field.name];
}

export interface By { field: Field; span?: Span }

export function groupField(object: ObjectDef, by: string): By | undefined {
  const [name, span] = by.split(':');
  const field = object.fields.find((field) => field.name === name);
  if (!field || !groupable(field)) return undefined;
  const known = SPANS.find((one) => one === span);
  if (spanned(field) !== (known !== undefined)) return undefined;
  return { field, span: known };
}

const MONTHS: Record<Span, number> = { day: 0, month: 1, quarter: 3, year: 12 };
const pad = (number: number) => String(number).padStart(2, '0');

/** The first day after a span that starts on a day. */
export function spanEnd(start: string, span: Span): string {
  const [year = 1970, month = 1, day = 1] = start.split('-').map(Number);
  const next = new Date(Date.UTC(year, month - 1 + MONTHS[span], span === 'day' ? day + 1 : day));
  return `${next.getUTCFullYear()}-${pad(next.getUTCMonth() + 1)}-${pad(next.getUTCDate())}`;
}

/** The condition that a group's rows meet. */
export function groupFilter(field: Field, span: Span | undefined, key: Json | undefined): string {
  if (key === null || key === undefined || key === '') return `${field.name} is empty`;
  if (typeof key === 'boolean') return `${field.name} = ${key}`;
  if (!span) return `${field.name} = ${quote(String(key))}`;
  const day = kindOf(field).filter === 'instant' ? `date_of(${field.name})` : field.name;
  const start = String(key);
  return `${day} >= ${quote(start)} and ${day} < ${quote(spanEnd(start, span))}`;
}

/** A span as people name it. */
export function spanText(start: string, span: Span): string {
  const [year = '', month = ''] = start.split('-');
  if (span === 'year') return year;
  if (span === 'quarter') return `${year} Q${Math.ceil(Number(month) / 3)}`;
  return span === 'month' ? `${year}-${month}` : start;
}

/** What a list is grouped by, in words. */
export function groupLabel({ field, span }: By, t: (key: string) => string): string {
  return span ? `${field.label} · ${t(`span.${span}`)}` : field.label;
}
