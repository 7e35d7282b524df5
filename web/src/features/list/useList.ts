// The rows of a list and what is reckoned about them: keyset pages fetched as they come into sight,
// counts, sums under columns, counts by value.
import { keepPreviousData, useInfiniteQuery, useQueries, useQuery } from '@tanstack/react-query';
import { call } from '@/shared/api/http.ts';
import type { Count, Json, ObjectDef, Page, RecordView } from '@/shared/api/types.ts';
import type { Fold } from './views.ts';

export interface ListQuery {
  object: string;
  columns: string[];
  filter?: string;
  search?: string;
  sort?: string;
}

/** Keys and measures of one group. */
export interface Measured { keys: Record<string, Json>; measures: Record<string, Json> }

const ROWS = 60;
const GROUPS = 100;

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

export type Scope = Pick<ListQuery, 'object' | 'filter' | 'search'>;

const aggregate = (scope: Scope, group: string | undefined, measures: string[], sort?: string) => ({
  queryKey: ['records', scope.object, 'measured', scope.filter, scope.search, group, measures],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    call<Page>(`records/${scope.object}`, {
      query: { filter: scope.filter, search: scope.search, group, measures: measures.join(','), sort, limit: GROUPS }, signal,
    }),
  staleTime: 15_000,
  retry: false,
});

/** Groups by a field or a span of it, largest first (spans: latest first), with a number for each
 * folded column. Each number is asked for by itself: a measure counts only rows on which its field
 * may be read, and how many rows a group has must not depend on it. */
export function useGroups(scope: Scope, by: string, folds: Record<string, Fold>) {
  const sort = by.includes(':') ? `-${by.split(':')[0]}` : '-count';
  const counted = useQuery({ ...aggregate(scope, by, ['count'], sort), placeholderData: keepPreviousData });
  const pairs = Object.entries(folds);
  const groups = (counted.data?.groups ?? []) as unknown as Measured[];
  const folded = useQueries({
    queries: pairs.map(([column, fold]) => aggregate(scope, by, [`${fold}:${column}`])),
    combine: (results) => new Map(results.flatMap((result, at) => {
      const [column = '', fold] = pairs[at] ?? [];
      return ((result.data?.groups ?? []) as unknown as Measured[]).map((group) => [`${column} ${JSON.stringify(group.keys)}`, group.measures[`${fold}_${column}`]] as const);
    })),
  });
  return { ...counted, groups, more: groups.length >= GROUPS, folded: (group: Measured, column: string) => folded.get(`${column} ${JSON.stringify(group.keys)}`) };
}

/** One number under each folded column. Each is asked for by itself: a measure counts only rows on
 * which its field may be read. */
export function useFolds(scope: Scope | null, folds: Record<string, Fold>) {
  const pairs = Object.entries(folds);
  return useQueries({
    queries: pairs.map(([column, fold]) => ({ ...aggregate(scope ?? { object: '' }, undefined, [`${fold}:${column}`]), enabled: !!scope })),
    combine: (results) => new Map(pairs.map(([column, fold], at) => {
      const [group] = (results[at]?.data?.groups ?? []) as unknown as Measured[];
      return [column, { fold, value: group?.measures[`${fold}_${column}`], failed: results[at]?.isError ?? false }] as const;
    })),
  });
}

/** How many rows have each value of a field. */
export function useFacets(scope: Scope | null, field: string) {
  const found = useQuery({ ...aggregate(scope ?? { object: '' }, field, ['count'], '-count'), enabled: !!scope && field !== '', placeholderData: keepPreviousData });
  return (found.data?.groups ?? []) as unknown as Measured[];
}

/** A column's heading: the field's own, also for a step such as `owner.name`. */
export function columnLabel(object: ObjectDef, column: string): string {
  const [first] = column.split('.');
  return object.fields.find((field) => field.name === first)?.label ?? column;
}
