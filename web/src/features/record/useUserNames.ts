// Names of users by id, in one request; ids out of sight stay without a name.
import { useQuery } from '@tanstack/react-query';
import { useObject, useObjects } from '@/meta/definitions.ts';
import { quote } from '@/meta/filter/conditions.ts';
import { call } from '@/shared/api/http.ts';
import type { Page } from '@/shared/api/types.ts';

export function useUserNames(ids: (string | null)[]): (id: string | null) => string | undefined {
  const users = useObjects()?.objects.find((object) => object.system === 'user' && object.actions.includes('read'));
  const { data: object } = useObject(users?.name);
  const wanted = [...new Set(ids.filter((id): id is string => !!id))].sort().slice(0, 100);
  const found = useQuery({
    queryKey: ['records', users?.name, 'names', wanted],
    queryFn: ({ signal }) =>
      call<Page>(`records/${users?.name}`, { query: { columns: object?.title, filter: `id in [${wanted.map(quote).join(', ')}]`, limit: 100 }, signal }),
    enabled: !!object && wanted.length > 0,
    staleTime: 300_000,
  });
  const names = new Map(found.data?.records?.map((record) => [record.id, String(record.values[object?.title ?? ''] ?? '')]));
  return (id) => (id ? names.get(id) : undefined);
}
