// Titles of records known by id only, as far as they may be seen: asked for once for each object.
import { useQueries } from '@tanstack/react-query';
import { call } from '@/shared/api/http.ts';
import type { Field, Page } from '@/shared/api/types.ts';
import { useObjects } from './definitions.ts';
import { quote } from './filter/conditions.ts';
import { plainTitle } from './titles.ts';

export interface Titled { object: string; id: string }

/** Ids that fit into one filter. */
const AT_ONCE = 80;

/** The one object that a field's ids belong to. */
export function useTargetOf(): (field: Field | undefined) => string | undefined {
  const objects = useObjects()?.objects;
  return (field) => {
    if (!field) return undefined;
    if (field.type === 'user' || field.type === 'org_unit') return objects?.find((object) => object.system === field.type)?.name;
    return field.type === 'reference' && field.to?.length === 1 && field.to[0] !== '*' ? field.to[0] : undefined;
  };
}

/** The title of an id; undefined while it is on its way or out of sight. */
export function useTitles(wanted: Titled[]): (id: string) => string | undefined {
  const objects = useObjects()?.objects ?? [];
  const names = [...new Set(wanted.map((one) => one.object))];
  const asked = names.flatMap((name) => {
    const title = objects.find((object) => object.name === name && object.actions.includes('read'))?.title;
    const ids = [...new Set(wanted.filter((one) => one.object === name).map((one) => one.id))].sort().slice(0, AT_ONCE);
    return title ? [{ name, title, ids }] : [];
  });
  const found = useQueries({
    queries: asked.map(({ name, title, ids }) => ({
      queryKey: ['records', name, 'titles', ids],
      queryFn: () => call<Page>(`records/${name}/query`, { method: 'POST', body: { columns: [title], filter: `id in [${ids.map(quote).join(', ')}]`, limit: AT_ONCE } }),
      staleTime: 300_000,
    })),
    combine: (results) => new Map(results.flatMap((result) => result.data?.records ?? []).map((record) => [record.id, plainTitle(record)])),
  });
  return (id) => found.get(id);
}
