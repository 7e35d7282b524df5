// Views of a list: published ones and those people keep on the server. A kept view holds what to
// show and which conditions to ask; whoever opens it asks under their own rights.
import type { Group, Where } from '@/meta/filter/conditions.ts';
import { conditionsOf, groupOf, isAny, isCondition, partsOf, readWhere } from '@/meta/filter/where.ts';
import { BASE, pageLayout } from '@/meta/definitions.ts';
import type { Field, ObjectDef, RecordView, View } from '@/shared/api/types.ts';

export type Fold = 'sum' | 'avg' | 'min' | 'max';
export const FOLDS: Fold[] = ['sum', 'avg', 'min', 'max'];

/** How rows are laid out, apart from which rows. */
export interface Arrangement {
  columns?: string[];
  widths?: Record<string, number>;
  /** How many columns stay while scrolling sideways. */
  frozen?: number;
  /** Numbers under columns. */
  folds?: Record<string, Fold>;
  /** The field whose values stand as quick filters; empty for none. */
  quick?: string;
}

export type Audience = 'personal' | 'team' | 'public';
export const AUDIENCES: Audience[] = ['personal', 'team', 'public'];

export interface Kept {
  id: string;
  version: number;
  audience: Audience;
  pinned: boolean;
  first: boolean;
  mine: boolean;
  owner: string;
}

export interface ListView extends View, Arrangement {
  columns: string[];
  where?: Group;
  group?: string;
  kept?: Kept;
}

/** What of a view is written down. */
export interface Definition extends Arrangement {
  columns: string[];
  filter: string | null;
  where?: Group;
  sort: string[];
  group?: string;
}

const FEW = 8;

/** The view that shows everything, for objects without one. */
export function wholeView(object: ObjectDef, label: string): ListView {
  const layout = pageLayout(object);
  const likely = [object.title, ...layout.highlights, ...layout.sections.flatMap((section) => section.fields)];
  const known = likely.filter((name, index) => likely.indexOf(name) === index && !BASE.has(name));
  const shown = known.filter((name) => object.fields.some((field) => field.name === name && field.type !== 'long_text' && field.type !== 'child_table'));
  return { name: '', label, columns: shown.slice(0, FEW), filter: null, sort: [] };
}

const texts = (value: unknown): string[] | undefined =>
  (Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string').slice(0, 100) : undefined);

/** A definition as it was kept, or undefined when it cannot be read. */
export function readDefinition(text: string): Definition | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!value || typeof value !== 'object') return undefined;
  const kept = value as Record<string, unknown>;
  const columns = texts(kept.columns);
  if (!columns || columns.length === 0) return undefined;
  const table = <T>(value: unknown, fits: (one: unknown) => one is T): Record<string, T> | undefined =>
    (value && typeof value === 'object' && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).filter((pair): pair is [string, T] => fits(pair[1]))) : undefined);
  return {
    columns,
    filter: typeof kept.filter === 'string' ? kept.filter : null,
    where: readWhere(kept.where),
    sort: texts(kept.sort) ?? [],
    group: typeof kept.group === 'string' && kept.group ? kept.group : undefined,
    widths: table(kept.widths, (one): one is number => typeof one === 'number'),
    frozen: typeof kept.frozen === 'number' ? kept.frozen : undefined,
    folds: table(kept.folds, (one): one is Fold => FOLDS.includes(one as Fold)),
    quick: typeof kept.quick === 'string' ? kept.quick : undefined,
  };
}

export function writeDefinition(definition: Definition): string {
  return JSON.stringify(definition);
}

/** Conditions on sealed fields hold what must not be kept in the open: they are left out of what is
 * kept, and told. */
export function withoutSealed(where: Group | undefined, fields: Field[]): { where?: Group; dropped: boolean } {
  if (!where) return { dropped: false };
  const sealed = new Set(fields.filter((field) => field.encrypted).map((field) => field.name));
  const clean = (group: Group): Group =>
    groupOf(isAny(group), partsOf(group).flatMap((part): Where[] => {
      if (isCondition(part)) return sealed.has(part.field) && part.value !== undefined ? [] : [part];
      const inner = clean(part);
      return partsOf(inner).length > 0 ? [inner] : [];
    }));
  const kept = clean(where);
  return { where: kept, dropped: conditionsOf(kept).length < conditionsOf(where).length };
}

/** A record that keeps a view, as a view; undefined when its definition cannot be read. */
export function viewOf(record: RecordView, me: string): ListView | undefined {
  const { values } = record;
  const definition = typeof values.definition === 'string' ? readDefinition(values.definition) : undefined;
  if (!definition) return undefined;
  const owner = record.titles?.owner;
  return {
    ...definition, name: record.id, label: String(values.name ?? ''),
    kept: {
      id: record.id, version: record.version, audience: AUDIENCES.find((one) => one === values.audience) ?? 'personal',
      pinned: values.pinned === true, first: values.first === true, mine: values.owner === me, owner: typeof owner === 'string' ? owner : '',
    },
  };
}

/** What one chose to open first, of whatever views there are: kept as a record of one's own that
 * names it instead of holding columns. */
export interface Choice { id: string; version: number; view: string }

export function writeChoice(view: string): string {
  return JSON.stringify({ opens: view });
}

/** A record that keeps such a choice of `me`, as a choice; undefined for any other. */
export function choiceOf(record: RecordView, me: string): Choice | undefined {
  const { definition, owner } = record.values;
  if (typeof definition !== 'string' || owner !== me) return undefined;
  try {
    const { opens } = JSON.parse(definition) as { opens?: unknown };
    return typeof opens === 'string' ? { id: record.id, version: record.version, view: opens } : undefined;
  } catch {
    return undefined;
  }
}

/** The view that opens when none is asked for: one's own choice, the unit's, everybody's, else the
 * first that was published. */
export function firstView(views: ListView[], choice?: Choice): ListView | undefined {
  const chosen = choice && views.find((view) => view.name === choice.view);
  if (chosen) return chosen;
  const firsts = views.filter((view) => view.kept?.first);
  const rank = (view: ListView) => (view.kept?.mine ? 0 : view.kept?.audience === 'team' ? 1 : 2);
  const [best] = [...firsts].sort((a, b) => rank(a) - rank(b));
  return best ?? views[0];
}

/** Fields that a view's conditions name and the reader does not see. */
export function unseen(where: Group | undefined, fields: Field[]): boolean {
  return !!where && conditionsOf(where).some((condition) => !fields.some((field) => field.name === condition.field));
}
