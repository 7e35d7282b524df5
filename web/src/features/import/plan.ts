// The plan of an import while a person sets it up: which column goes into which field, and how
// rows meet records. Pure, so that every step can be tried without a screen.
import { BASE } from '@/meta/definitions.ts';
import type { Field, ObjectDef } from '@/shared/api/types.ts';

export interface CsvFormat { kind: 'csv'; encoding: string; delimiter: string }
export interface SheetFormat { kind: 'xlsx'; sheet: string; sheets: string[] }
export type Format = CsvFormat | SheetFormat;
export type Mode = 'create' | 'update' | 'upsert';
export type DateOrder = 'ymd' | 'mdy' | 'dmy';

export interface FoundColumn {
  column: number;
  header: string;
  samples: string[];
  field: string | null;
  multiplier: string | null;
}

/** What the server saw in a file. */
export interface Analysis {
  format: Format;
  header_row: number;
  columns: FoundColumn[];
  duplicate_headers: string[];
}

export interface ColumnPlan {
  column: number;
  header: string;
  field: string;
  multiplier?: string;
  date_order?: DateOrder;
}

/** What the server is asked to do. */
export interface ImportPlan {
  object: string;
  format: Format;
  header_row: number;
  columns: ColumnPlan[];
  mode: Mode;
  match_by: string[];
  keep_origin?: boolean;
  clear_empty?: boolean;
}

export interface DraftColumn {
  column: number;
  header: string;
  samples: string[];
  field: string | null;
  /** Whether the field was the server's idea and nobody changed it. */
  suggested: boolean;
  multiplier: string | null;
  dateOrder: DateOrder | null;
}

export interface Draft {
  format: Format;
  headerRow: number;
  /** The row that the headers shown were read from. */
  foundRow: number;
  columns: DraftColumn[];
  mode: Mode;
  matchBy: string[];
  clearEmpty: boolean;
}

/** A field that a column may go into; one of a child table is `table.field`. */
export interface Target { key: string; label: string; group: string; field: Field; inChild: boolean }

const NEVER = new Set(['child_table', 'many_to_many', 'formula', 'roll_up', 'auto_number', 'file']);
const ALWAYS = new Set(['owner', 'org_unit']);

const fits = (field: Field) =>
  field.access === 'write' && !field.read_only && !NEVER.has(field.type) && (!BASE.has(field.name) || ALWAYS.has(field.name));

/** Every field a column may go into, those of child tables after the object's own. */
export function targets(object: ObjectDef, children: ObjectDef[]): Target[] {
  const own = object.fields.filter(fits).map((field): Target =>
    ({ key: field.name, label: field.label, group: object.label, field, inChild: false }));
  const inner = object.fields
    .filter((field) => field.type === 'child_table' && field.access === 'write')
    .flatMap((table) => {
      const child = children.find((child) => child.name === table.object);
      return (child?.fields ?? [])
        .filter((field) => fits(field) && field.name !== table.by && !BASE.has(field.name))
        .map((field): Target =>
          ({ key: `${table.name}.${field.name}`, label: `${table.label} · ${field.label}`, group: table.label, field, inChild: true }));
    });
  return [...own, ...inner];
}

/** Whether several columns may go into this field: one for each step of a path. */
const shares = (target: Target | undefined) => target?.field.type === 'cascade';

/** A draft from what the server suggests, keeping what a person chose before. */
export function draftOf(found: Analysis, before?: Pick<Draft, 'mode' | 'matchBy' | 'clearEmpty'>): Draft {
  const columns = found.columns.map((column): DraftColumn => ({
    column: column.column,
    header: column.header,
    samples: column.samples,
    field: column.field,
    suggested: column.field !== null,
    multiplier: column.multiplier,
    dateOrder: null,
  }));
  return cleaned({
    format: found.format,
    headerRow: found.header_row,
    foundRow: found.header_row,
    columns,
    mode: before?.mode ?? 'create',
    matchBy: before?.matchBy ?? [],
    clearEmpty: before?.clearEmpty ?? false,
  });
}

/** A draft from an earlier plan for the same file. */
export function draftFrom(found: Analysis, plan: ImportPlan): Draft {
  const draft = draftOf(found, { mode: plan.mode, matchBy: plan.match_by, clearEmpty: plan.clear_empty ?? false });
  const columns = draft.columns.map((column): DraftColumn => {
    const planned = plan.columns.find((planned) => planned.column === column.column);
    return {
      ...column,
      field: planned?.field ?? null,
      suggested: planned !== undefined && column.suggested && planned.field === column.field,
      multiplier: planned?.multiplier ?? null,
      dateOrder: planned?.date_order ?? null,
    };
  });
  return cleaned({ ...draft, headerRow: plan.header_row, columns, matchBy: plan.match_by });
}

/** Match keys that no column fills any more are let go. */
function cleaned(draft: Draft): Draft {
  const mapped = new Set(draft.columns.map((column) => column.field));
  return { ...draft, matchBy: draft.matchBy.filter((name) => mapped.has(name)) };
}

function withColumn(draft: Draft, at: number, change: Partial<DraftColumn>): Draft {
  return { ...draft, columns: draft.columns.map((column) => (column.column === at ? { ...column, ...change } : column)) };
}

/** Sends a column into a field, or nowhere. A field takes one column: the other one lets it go. */
export function mapColumn(draft: Draft, at: number, target: Target | null): Draft {
  const key = target?.key ?? null;
  const freed = draft.columns.map((column) =>
    column.column !== at && key !== null && column.field === key && !shares(target ?? undefined)
      ? { ...column, field: null, suggested: false, multiplier: null, dateOrder: null }
      : column);
  const mapped = withColumn({ ...draft, columns: freed }, at, { field: key, suggested: false, multiplier: null, dateOrder: null });
  return cleaned(mapped);
}

export const setMultiplier = (draft: Draft, at: number, multiplier: string | null): Draft => withColumn(draft, at, { multiplier });

export const setDateOrder = (draft: Draft, at: number, dateOrder: DateOrder | null): Draft => withColumn(draft, at, { dateOrder });

/** Fields by which rows may find their record: mapped ones, those that are unique first. */
export function matchable(draft: Draft, all: Target[]): Target[] {
  const mapped = new Set(draft.columns.map((column) => column.field));
  const found = all.filter((target) => !target.inChild && mapped.has(target.key));
  return [...found.filter((target) => target.field.unique), ...found.filter((target) => !target.field.unique)];
}

/** Changes the mode; one that looks for records starts with the first unique field there is. */
export function setMode(draft: Draft, mode: Mode, all: Target[]): Draft {
  if (mode === 'create') return { ...draft, mode, matchBy: [] };
  if (draft.matchBy.length > 0) return { ...draft, mode };
  const first = matchable(draft, all).find((target) => target.field.unique);
  return { ...draft, mode, matchBy: first ? [first.key] : [] };
}

export type Gap =
  | { kind: 'columns' }
  | { kind: 'match' }
  | { kind: 'required'; labels: string[] };

/** What is missing. Required fields without a column may have defaults, so they only warn. */
export function gaps(draft: Draft, all: Target[]): Gap[] {
  const mapped = new Set(draft.columns.map((column) => column.field).filter((field) => field !== null));
  const found: Gap[] = [];
  if (mapped.size === 0) found.push({ kind: 'columns' });
  else if (draft.mode !== 'create' && draft.matchBy.length === 0) found.push({ kind: 'match' });
  const missing = all.filter((target) => !target.inChild && target.field.required && !mapped.has(target.key));
  if (draft.mode !== 'update' && mapped.size > 0 && missing.length > 0) {
    found.push({ kind: 'required', labels: missing.map((target) => target.label) });
  }
  return found;
}

export const blocks = (gap: Gap) => gap.kind !== 'required';

export const mappedCount = (draft: Draft) => draft.columns.filter((column) => column.field !== null).length;

export function toPlan(object: string, draft: Draft): ImportPlan {
  const columns = draft.columns.flatMap((column): ColumnPlan[] => {
    if (column.field === null) return [];
    const planned: ColumnPlan = { column: column.column, header: column.header, field: column.field };
    if (column.multiplier !== null) planned.multiplier = column.multiplier;
    if (column.dateOrder !== null) planned.date_order = column.dateOrder;
    return [planned];
  });
  return {
    object,
    format: draft.format,
    header_row: draft.headerRow,
    columns,
    mode: draft.mode,
    match_by: draft.mode === 'create' ? [] : draft.matchBy,
    clear_empty: draft.mode !== 'create' && draft.clearEmpty,
  };
}
