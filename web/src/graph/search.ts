// What of a graph stands in the address.
export const VIEWS = ['around', 'paths', 'owners', 'circles', 'group'] as const;
export type GraphTab = (typeof VIEWS)[number];

export interface GraphSearch {
  view?: GraphTab;
  /** The day it is asked for; none is today. */
  on?: string;
  /** The other end of a path, `object:id`. */
  to?: string;
  /** The object whose records are the edges; none is the first. */
  edge?: string;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

export function readGraphSearch(search: Record<string, unknown>): GraphSearch {
  const on = text(search.on);
  return {
    view: VIEWS.find((view) => view === search.view && view !== 'around'),
    on: on && /^\d{4}-\d{2}-\d{2}$/.test(on) ? on : undefined,
    to: text(search.to),
    edge: text(search.edge),
  };
}
