// One record with what the caller may do with it.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { call } from '@/shared/api/http.ts';
import type { RecordView } from '@/shared/api/types.ts';

export const recordKey = (object: string, id: string) => ['records', object, 'one', id] as const;

export function useRecord(object: string, id: string) {
  return useQuery({
    queryKey: recordKey(object, id),
    queryFn: ({ signal }) => call<RecordView>(`records/${object}/${id}`, { query: { expand: true, access: true }, signal }),
    staleTime: 5_000,
  });
}

/** After a write: everything that may show the record asks again. */
export function useRefresh(): () => void {
  const queries = useQueryClient();
  return useCallback(() => void queries.invalidateQueries({ queryKey: ['records'] }), [queries]);
}
