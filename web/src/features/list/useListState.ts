// What a list shows: the view of the address, what a person changed about it, and the query of both.
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { both, type Group } from '@/meta/filter/conditions.ts';
import { partsOf, whereText } from '@/meta/filter/where.ts';
import type { ObjectDef } from '@/shared/api/types.ts';
import { useStored } from '@/shared/ui/stored.ts';
import type { ListSearch } from './search.ts';
import { useKeptViews } from './useKeptViews.ts';
import type { ListQuery } from './useList.ts';
import { type Arrangement, type Definition, firstView, type ListView, unseen, wholeView, withoutSealed } from './views.ts';

const ALL: Group = { all: [] };
const MOST_FROZEN = 4;

export type ListState = ReturnType<typeof useListState>;

export function useListState(object: ObjectDef | undefined, allLabel: string) {
  const search = useSearch({ from: '/app/list/$object' });
  const navigate = useNavigate({ from: '/app/list/$object' });
  const name = object?.name ?? '';
  const kept = useKeptViews(name);
  const [shapes, setShapes] = useStored<Record<string, Arrangement>>(`shapes.${name}`, {});

  const published = useMemo<ListView[]>(() => {
    if (!object) return [];
    return object.views.length > 0 ? object.views : [wholeView(object, allLabel)];
  }, [object, allLabel]);
  const views = useMemo(() => [...published, ...(kept.views ?? [])], [published, kept.views]);
  // Which view opens first is known when the kept ones are; a published one needs not wait.
  const known = kept.views !== undefined || published.some((view) => view.name !== '' && view.name === search.view);
  const opening = firstView(views, kept.choice);
  // A list of what belongs to something shows all of it, so no view narrows it further.
  const plain = published[0];
  const first = search.of && plain ? { ...plain, filter: null } : opening;
  const view = known ? (views.find((view) => view.name !== '' && view.name === search.view) ?? first) : undefined;
  const own = shapes[view?.name ?? ''];
  const shape = useMemo<Arrangement>(() => ({
    columns: own?.columns ?? view?.columns, widths: { ...view?.widths, ...own?.widths }, frozen: own?.frozen ?? view?.frozen ?? 1,
    folds: own?.folds ?? view?.folds, quick: own?.quick ?? view?.quick,
  }), [own, view]);

  const set = useCallback(
    (change: Partial<ListSearch>, replace = false) => void navigate({ search: (before) => ({ ...before, ...change }), replace }),
    [navigate],
  );
  const arrange = (change: Arrangement) => setShapes({ ...shapes, [view?.name ?? '']: { ...own, ...change } });

  const columns = useMemo(() => {
    if (!object) return [];
    const known = (column: string) => object.fields.some((field) => field.name === column.split('.')[0]);
    const chosen = (shape.columns ?? []).filter(known);
    return chosen.length > 0 ? chosen : [object.title];
  }, [object, shape.columns]);

  const where = search.f ?? view?.where ?? ALL;
  const extra = object ? whereText(where, object.fields) : null;
  const sort = search.sort ?? view?.sort.join(',');
  const group = search.group ?? view?.group ?? '';
  const query: ListQuery | null = useMemo(() => {
    if (!object || !view) return null;
    return { object: object.name, columns, filter: both(view.filter, search.of, extra), search: search.q, sort: sort || undefined };
  }, [object, view, columns, extra, search.q, search.of, sort]);

  const changed = search.f !== undefined || search.sort !== undefined || search.group !== undefined
    || own?.columns !== undefined || own?.frozen !== undefined || own?.folds !== undefined || own?.quick !== undefined;
  /** The view as it stands now, for keeping; and whether something is left out of it. */
  const definition = (): { definition: Definition; dropped: boolean } => {
    const { where: clean, dropped } = withoutSealed(where, object?.fields ?? []);
    const kept: Definition = {
      columns, filter: view?.filter ?? null, where: clean && partsOf(clean).length > 0 ? clean : undefined, sort: sort ? sort.split(',') : [], group: group || undefined,
      widths: shape.widths, frozen: shape.frozen, folds: shape.folds, quick: shape.quick,
    };
    return { definition: kept, dropped };
  };
  /** Back to the view as it was kept. */
  const revert = (to?: string) => {
    setShapes({ ...shapes, [view?.name ?? '']: { widths: own?.widths } });
    set({ f: undefined, sort: undefined, group: undefined, ...(to !== undefined && { view: to || undefined }) });
  };

  return {
    search, set, views, view, kept, shape, arrange, columns, where, query, sort, group, changed, definition, revert,
    frozen: Math.min(Math.max(shape.frozen ?? 1, 1), MOST_FROZEN),
    hidden: object ? unseen(where, object.fields) : false,
  };
}
