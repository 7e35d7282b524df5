// All org units that the caller sees, a page at a time until there are no more.
import { useQuery } from '@tanstack/react-query';
import { useObject, useObjects } from '@/meta/definitions.ts';
import { plainText } from '@/meta/titles.ts';
import { call } from '@/shared/api/http.ts';
import type { Page, RecordView } from '@/shared/api/types.ts';
import type { Unit } from './org/tree.ts';

/** More units than any institution has; a reading that goes on for ever ends here. */
const MOST = 5_000;
const PAGE = 200;

export function useUnits() {
  const entry = useObjects()?.objects.find((object) => object.system === 'org_unit' && object.actions.includes('read'));
  const { data: object } = useObject(entry?.name);
  const has = (name: string) => object?.fields.some((field) => field.name === name) ?? false;
  const columns = ['code', 'parent', 'level', 'closed_on'].filter(has);
  const title = object?.title ?? '';
  const units = useQuery({
    queryKey: ['admin', 'units', entry?.name, columns.join()],
    queryFn: async ({ signal }) => {
      const rows: RecordView[] = [];
      let cursor: string | undefined;
      do {
        const page = await call<Page>(`records/${entry?.name}`, { query: { columns: [title, ...columns].join(','), limit: PAGE, cursor }, signal });
        rows.push(...(page.records ?? []));
        cursor = page.next;
      } while (cursor && rows.length < MOST);
      return rows.map((row): Unit => ({
        id: row.id, version: row.version, name: plainText(row.values[title]) || row.id.slice(0, 8), code: plainText(row.values.code),
        level: plainText(row.values.level) || null, parent: plainText(row.values.parent) || null, closed: plainText(row.values.closed_on) !== '',
      }));
    },
    enabled: !!object,
  });
  return { entry, object, units };
}
