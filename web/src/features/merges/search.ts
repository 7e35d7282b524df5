// What of the merge desk stands in the address.
export const TABS = ['open', 'merged', 'dismissed', 'requests'] as const;
export type MergeTab = (typeof TABS)[number];

export interface MergeSearch { object?: string; tab?: MergeTab; pair?: string }

export function readMergeSearch(search: Record<string, unknown>): MergeSearch {
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  return { object: text(search.object), tab: TABS.find((tab) => tab === search.tab && tab !== 'open'), pair: text(search.pair) };
}
