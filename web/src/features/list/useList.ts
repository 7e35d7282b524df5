// The rows of a list: keyset pages, fetched as they come into sight.
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { call } from '@/shared/api/http.ts';
import type { Count, ObjectDef, Page, RecordView } from '@/shared/api/types.ts';

export interface ListQuery {
  object: string;
  columns: string[];
  filter?: string;
  search?: string;
  sort?: string;
}

const ROWS = 60;

/** Columns the server accepts, with what titles and keys need. */
export function parameters(query: ListQuery) {
  return {
    columns: query.columns.join(','),
    filter: query.filter,
    search: query.search,
    sort: query.sort,
  };
}

export function useList(query: ListQuery | null) {
  const pages = useInfiniteQuery({
    queryKey: ['records', query?.object, 'list', query],
    queryFn: ({ pageParam, signal }) =>
      call<Page>(`records/${query?.object}`, {
        query: { ...(query ? parameters(query) : {}), limit: ROWS, cursor: pageParam, expand: true },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
    enabled: !!query && query.columns.length > 0,
    placeholderData: keepPreviousData,
    staleTime: 5_000,
  });
  const rows: RecordView[] = pages.data?.pages.flatMap((page) => page.records ?? []) ?? [];
  return { ...pages, rows };
}

/** How many there are, up to a thousand; exactly when asked. */
export function useCount(query: ListQuery | null, exact: boolean): Count | undefined {
  const count = useQuery({
    queryKey: ['records', query?.object, 'count', query?.filter, query?.search, exact],
    queryFn: ({ signal }) =>
      call<Page>(`records/${query?.object}`, {
        query: { columns: query?.columns[0], filter: query?.filter, search: query?.search, limit: 1, count: exact ? 'exact' : 'capped' },
        signal,
      }),
    enabled: !!query,
    placeholderData: keepPreviousData,
    staleTime: 15_000,
  });
  return count.data?.count;
}

/** A column's heading: the field's own, also for a step such as `owner.name`. */
export function columnLabel(object: ObjectDef, column: string): string {
  const [first] = column.split('.');
  return object.fields.find((field) => field.name === first)?.label ?? column;
}
