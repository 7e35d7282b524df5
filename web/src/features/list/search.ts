// What of a list stands in the address: anyone who gets the link sees the same list, as far as
// their rights reach.
import type { Group } from '@/meta/filter/conditions.ts';

export interface ListSearch {
  view?: string;
  q?: string;
  sort?: string;
  f?: Group[];
  /** A further condition in the expression language, and what it is called. */
  of?: string;
  ofLabel?: string;
  /** The record in the side panel. */
  open?: string;
}

export function readListSearch(search: Record<string, unknown>): ListSearch {
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  return {
    view: text(search.view),
    q: typeof search.q === 'number' ? String(search.q) : text(search.q),
    sort: text(search.sort),
    f: readGroups(search.f),
    of: text(search.of),
    ofLabel: text(search.ofLabel),
    open: text(search.open),
  };
}

function readGroups(value: unknown): Group[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const whole = value.filter((group): group is Group =>
    !!group && typeof group === 'object' && Array.isArray((group as Group).any)
    && (group as Group).any.every((one) => !!one && typeof one.field === 'string' && typeof one.op === 'string'));
  return whole.length > 0 ? whole : undefined;
}
