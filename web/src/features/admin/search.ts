// What an administration page keeps in the address: words, nothing else.
export type AdminSearch = Record<string, string | undefined>;

export function readAdminSearch(search: Record<string, unknown>): AdminSearch {
  return Object.fromEntries(Object.entries(search).flatMap(([name, value]) => (typeof value === 'string' && value ? [[name, value]] : [])));
}
