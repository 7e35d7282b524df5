// What of a list stands in the address: anyone who gets the link sees the same list, as far as
// their rights reach.
import type { Group } from '@/meta/filter/conditions.ts';
import { readWhere } from '@/meta/filter/where.ts';

export interface ListSearch {
  view?: string;
  q?: string;
  sort?: string;
  /** Conditions in place of the view's own. */
  f?: Group;
  /** What rows are grouped by in place of the view's own; empty for nothing. */
  group?: string;
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
    f: readWhere(search.f),
    group: typeof search.group === 'string' ? search.group : undefined,
    of: text(search.of),
    ofLabel: text(search.ofLabel),
    open: text(search.open),
  };
}
