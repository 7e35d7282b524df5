// The title of a record that is only known by its id, such as one chosen in a restored draft.
import { useQuery } from '@tanstack/react-query';
import { call } from '@/shared/api/http.ts';
import type { RecordView } from '@/shared/api/types.ts';
import { useObjects } from './definitions.ts';
import { plainTitle } from './titles.ts';

export function useTitle(link: { object: string; id: string } | null): string | undefined {
  const objects = useObjects()?.objects;
  const record = useQuery({
    queryKey: ['records', link?.object, 'title', link?.id],
    queryFn: ({ signal }) => call<RecordView>(`records/${link?.object}/${link?.id}`, { signal }),
    enabled: link !== null,
    staleTime: 60_000,
  });
  return record.data && plainTitle(record.data, objects?.find((object) => object.name === link?.object)?.title);
}
