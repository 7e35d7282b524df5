// What a list shows: the view of the address, what a person changed about it, and the query of both.
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { ObjectDef, View } from '@/shared/api/types.ts';
import { both, filterText } from '@/meta/filter/conditions.ts';
import { BASE, pageLayout } from '@/meta/definitions.ts';
import { useStored } from '@/shared/ui/stored.ts';
import type { ListQuery } from './useList.ts';
import type { ListSearch } from './search.ts';

/** A view of one person, kept on this browser. */
export interface OwnView extends View { own: true; f?: ListSearch['f'] }

export interface Shape { columns?: string[]; widths?: Record<string, number> }

const FEW = 8;

/** The view that shows everything, for objects without one. */
function wholeView(object: ObjectDef, label: string): View {
  const layout = pageLayout(object);
  const likely = [object.title, ...layout.highlights, ...layout.sections.flatMap((section) => section.fields)];
  const known = likely.filter((name, index) => likely.indexOf(name) === index && !BASE.has(name));
  const shown = known.filter((name) => object.fields.some((field) => field.name === name && field.type !== 'long_text' && field.type !== 'child_table'));
  return { name: '', label, columns: shown.slice(0, FEW), filter: null, sort: [] };
}

export function useListState(object: ObjectDef | undefined, allLabel: string) {
  const search = useSearch({ from: '/app/list/$object' });
  const navigate = useNavigate({ from: '/app/list/$object' });
  const name = object?.name ?? '';
  const [own, setOwn] = useStored<OwnView[]>(`views.${name}`, []);
  const [shapes, setShapes] = useStored<Record<string, Shape>>(`shapes.${name}`, {});

  const views: View[] = useMemo(() => {
    if (!object) return [];
    const published = object.views.length > 0 ? object.views : [wholeView(object, allLabel)];
    return [...published, ...own];
  }, [object, own, allLabel]);
  // A list of what belongs to something shows all of it, so no view narrows it further.
  const first = views[0] && search.of ? { ...views[0], filter: null } : views[0];
  const view = views.find((view) => view.name === search.view) ?? first;
  const shape = shapes[view?.name ?? ''] ?? {};

  const set = (change: Partial<ListSearch>, replace = false) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace });
  const setShape = (next: Shape) => setShapes({ ...shapes, [view?.name ?? '']: next });

  const columns = useMemo(() => {
    if (!object || !view) return [];
    const known = (column: string) => object.fields.some((field) => field.name === column.split('.')[0]);
    const chosen = (shape.columns ?? view.columns).filter(known);
    return chosen.length > 0 ? chosen : [object.title];
  }, [object, view, shape.columns]);

  const groups = search.f ?? (view as OwnView | undefined)?.f;
  const extra = object && groups ? filterText(groups, object.fields) : null;
  const sort = search.sort ?? view?.sort.join(',');
  const query: ListQuery | null = useMemo(() => {
    if (!object || !view) return null;
    return { object: object.name, columns, filter: both(view.filter, search.of, extra), search: search.q, sort: sort || undefined };
  }, [object, view, columns, extra, search.q, search.of, sort]);

  return { search, set, views, view, own, setOwn, shape, setShape, columns, groups: groups ?? [], query, sort };
}
