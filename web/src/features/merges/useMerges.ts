// Pairs, merges and requests, as the server lists them.
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { may, useObjects } from '@/meta/definitions.ts';
import { call } from '@/shared/api/http.ts';
import type { ObjectEntry, RecordView } from '@/shared/api/types.ts';
import type { Merge, Pair } from './model.ts';

const ROWS = 30;
const LAST = 10_000;

/** Objects whose records are compared, as far as one may see them. */
export function useCompared(): ObjectEntry[] | undefined {
  const all = useObjects()?.objects.filter((object) => object.duplicates && may(object, 'read'));
  return all?.sort((a, b) => (a.menu ?? LAST) - (b.menu ?? LAST));
}

export function usePairs(object: string | undefined, state: 'open' | 'dismissed') {
  return useInfiniteQuery({
    queryKey: ['records', object, 'pairs', state],
    queryFn: ({ pageParam, signal }) => call<{ pairs: Pair[]; next?: string }>(`records/${object}/duplicates`, { query: { state, limit: ROWS, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    enabled: !!object,
  });
}

export function useMergeList(object: string | undefined) {
  return useInfiniteQuery({
    queryKey: ['records', object, 'merges'],
    queryFn: ({ pageParam, signal }) => call<{ merges: Merge[]; next?: string }>(`records/${object}/merges`, { query: { limit: ROWS, before: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    enabled: !!object,
  });
}

export function useTwo(object: string, ids: readonly [string, string]) {
  return useQuery({
    queryKey: ['records', object, 'two', ...ids],
    queryFn: ({ signal }) => Promise.all(ids.map((id) => call<RecordView>(`records/${object}/${id}`, { query: { expand: true, access: true }, signal }))),
    staleTime: 0,
  });
}

export interface ShareRequest { id: string; object: string; record?: string; with: string | null; asked_at: string; reason: string; state: 'open' | 'accepted' | 'declined'; may_accept: boolean }

export function useRequests(box: 'to_answer' | 'asked') {
  return useQuery({
    queryKey: ['share-requests', box],
    queryFn: ({ signal }) => call<{ requests: ShareRequest[] }>('share-requests', { query: { box }, signal }),
  });
}

export function useRefreshAll(): () => void {
  const queries = useQueryClient();
  return useCallback(() => {
    void queries.invalidateQueries({ queryKey: ['records'] });
    void queries.invalidateQueries({ queryKey: ['share-requests'] });
  }, [queries]);
}
