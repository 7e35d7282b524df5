// Records a person marked. Only ids are kept on this browser, by user; titles are asked for, so
// that what is no longer theirs to see shows nothing.
import { useQueries } from '@tanstack/react-query';
import { call } from '@/shared/api/http.ts';
import type { ObjectEntry, Page } from '@/shared/api/types.ts';
import { useStored } from '@/shared/ui/stored.ts';
import { useMe } from './definitions.ts';
import { quote } from './filter/conditions.ts';
import { plainTitle } from './titles.ts';

export interface Favourite { object: string; id: string }

const MOST = 20;

export function useFavourites(): { all: Favourite[]; has: (id: string) => boolean; toggle: (one: Favourite) => void } {
  const me = useMe();
  const [all, set] = useStored<Favourite[]>(`favourites.${me?.user ?? ''}`, []);
  const has = (id: string) => all.some((one) => one.id === id);
  const toggle = (one: Favourite) => set(has(one.id) ? all.filter((other) => other.id !== one.id) : [one, ...all].slice(0, MOST));
  return { all, has, toggle };
}

export function useFavouriteTitles(objects: ObjectEntry[]): (Favourite & { title: string })[] {
  const { all } = useFavourites();
  const groups = objects
    .filter((object) => object.title && object.actions.includes('read'))
    .map((object) => ({ object, ids: all.filter((one) => one.object === object.name).map((one) => one.id) }))
    .filter((group) => group.ids.length > 0);
  const found = useQueries({
    queries: groups.map(({ object, ids }) => ({
      queryKey: ['records', object.name, 'favourites', ids],
      queryFn: () => call<Page>(`records/${object.name}`, { query: { columns: object.title, filter: `id in [${ids.map(quote).join(', ')}]`, limit: MOST } }),
      staleTime: 300_000,
    })),
    combine: (results) => results.flatMap((result) => result.data?.records ?? []),
  });
  return all.flatMap((one) => {
    const record = found.find((record) => record.id === one.id);
    return record ? [{ ...one, title: plainTitle(record) }] : [];
  });
}
