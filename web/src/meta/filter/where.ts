// Conditions in a tree of "all of" and "any of": changed by pure functions, read from addresses and
// saved views with distrust, and written as one expression.
import type { Field } from '@/shared/api/types.ts';
import { conditionText, type Condition, type Group, type Where } from './conditions.ts';

/** Where a part stands: the index at each level. */
export type Path = number[];

export const DEEPEST = 4;
export const MOST = 40;

export const isCondition = (where: Where): where is Condition => 'field' in where;
export const partsOf = (group: Group): Where[] => ('all' in group ? group.all : group.any);
export const isAny = (group: Group): boolean => 'any' in group;
export const groupOf = (any: boolean, parts: Where[]): Group => (any ? { any: parts } : { all: parts });

/** The conditions of a tree, in reading order. */
export function conditionsOf(where: Where): Condition[] {
  return isCondition(where) ? [where] : partsOf(where).flatMap(conditionsOf);
}

function edit(group: Group, path: Path, change: (parts: Where[], at: number) => Where[]): Group {
  const [at = 0, ...rest] = path;
  const parts = partsOf(group);
  if (rest.length === 0) return groupOf(isAny(group), change(parts, at));
  return groupOf(isAny(group), parts.map((part, index) => (index === at && !isCondition(part) ? edit(part, rest, change) : part)));
}

export function replaced(group: Group, path: Path, next: Where): Group {
  return edit(group, path, (parts, at) => parts.map((part, index) => (index === at ? next : part)));
}

/** Without a part; a group that is left empty goes too. */
export function removed(group: Group, path: Path): Group {
  const next = edit(group, path, (parts, at) => parts.filter((_, index) => index !== at));
  return groupOf(isAny(next), partsOf(next).map(pruned).filter((part): part is Where => part !== null));
}

function pruned(where: Where): Where | null {
  if (isCondition(where)) return where;
  const parts = partsOf(where).map(pruned).filter((part): part is Where => part !== null);
  return parts.length > 0 ? groupOf(isAny(where), parts) : null;
}

/** A part added to the group at `path`; the root for an empty path. */
export function added(group: Group, path: Path, part: Where): Group {
  if (path.length === 0) return groupOf(isAny(group), [...partsOf(group), part]);
  return edit(group, path, (parts, at) =>
    parts.map((one, index) => (index === at && !isCondition(one) ? groupOf(isAny(one), [...partsOf(one), part]) : one)));
}

export function switched(group: Group, path: Path, any: boolean): Group {
  if (path.length === 0) return groupOf(any, partsOf(group));
  return edit(group, path, (parts, at) => parts.map((one, index) => (index === at && !isCondition(one) ? groupOf(any, partsOf(one)) : one)));
}

/** The tree as expression text; incomplete conditions and unknown fields are left out. */
export function whereText(where: Where | undefined, fields: Field[]): string | null {
  if (!where) return null;
  if (isCondition(where)) {
    const field = fields.find((field) => field.name === where.field);
    return field ? conditionText(where, field) : null;
  }
  const texts = partsOf(where).map((part) => whereText(part, fields)).filter((text): text is string => !!text);
  if (texts.length <= 1) return texts[0] ?? null;
  return isAny(where) ? `(${texts.join(' or ')})` : texts.join(' and ');
}

/** A tree from elsewhere, or undefined when it is none within bounds. */
export function readWhere(value: unknown): Group | undefined {
  let left = MOST;
  const read = (value: unknown, depth: number): Where | undefined => {
    if (!value || typeof value !== 'object' || depth > DEEPEST) return undefined;
    const record = value as Record<string, unknown>;
    const list = record.all ?? record.any;
    if (Array.isArray(list)) {
      const parts = list.map((part) => read(part, depth + 1));
      return parts.every((part): part is Where => part !== undefined) ? groupOf('any' in record, parts) : undefined;
    }
    left -= 1;
    if (left < 0 || typeof record.field !== 'string' || typeof record.op !== 'string') return undefined;
    const text = (value: unknown) => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined);
    const values = Array.isArray(record.values) ? record.values.map(text).filter((one): one is string => one !== undefined) : undefined;
    const whole = { field: record.field, op: record.op as Condition['op'], value: text(record.value), to: text(record.to), values };
    return Object.fromEntries(Object.entries(whole).filter(([, one]) => one !== undefined)) as unknown as Condition;
  };
  const where = read(value, 0);
  return where && !isCondition(where) ? where : undefined;
}
