// One record with everything its page shows, in one request.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { ahead, here } from '@/shared/api/ahead.ts';
import { call } from '@/shared/api/http.ts';
import type { Overview, RecordView } from '@/shared/api/types.ts';
import { useStored } from '@/shared/ui/stored.ts';

/** A page's record always says what may be done with it. */
export interface Page extends Overview { record: RecordView }

function whole(page: Overview): Page {
  return { ...page, record: { ...page.record, access: page.access } };
}

export function usePage(object: string, id: string) {
  const [layout] = useLayoutChoice(object);
  const path = `records/${object}/${id}/overview`;
  return useQuery({
    queryKey: ['records', object, 'page', id, layout],
    queryFn: async ({ signal }) => whole(layout ? await call<Overview>(path, { query: { layout }, signal }) : await ahead<Overview>(path, signal)),
    initialData: () => {
      const early = layout ? undefined : here<Overview>(path);
      return early && whole(early);
    },
    placeholderData: (before) => (before?.record.id === id ? before : undefined),
    staleTime: 5_000,
  });
}

/** The arrangement a person prefers for an object; none is that of their role. */
export function useLayoutChoice(object: string): [string | null, (layout: string | null) => void] {
  return useStored<string | null>(`layout.${object}`, null);
}

/** After a write: everything that may show the record asks again. */
export function useRefresh(): () => void {
  const queries = useQueryClient();
  return useCallback(() => void queries.invalidateQueries({ queryKey: ['records'] }), [queries]);
}
