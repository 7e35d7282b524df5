// Records that refer to this one, the newest or soonest first, with a way to add one in place.
import { PlusOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Button, Skeleton } from 'antd';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldOf, may, pageLayout, useObject, BASE } from '@/meta/definitions.ts';
import { kindOf } from '@/meta/fields/kinds.ts';
import { Show } from '@/meta/fields/Show.tsx';
import { quote } from '@/meta/filter/conditions.ts';
import { call } from '@/shared/api/http.ts';
import type { Field, ObjectDef, Page, RecordView } from '@/shared/api/types.ts';
import { useInSight } from '@/shared/ui/useInSight.ts';

const CreateDrawer = lazy(() => import('./CreateDrawer.tsx'));

const ROWS = 6;
const COLUMNS = 6;

export function RelatedList({ path, record, title }: { path: string; record: RecordView; title: string }) {
  const [name = '', by = ''] = path.split('.');
  const { data: object } = useObject(name);
  const [box, seen] = useInSight<HTMLElement>();
  const field = object && fieldOf(object, by);
  return (
    <section className="related panel" ref={box}>
      {object && field && may(object, 'read') ? <Body object={object} by={field} record={record} title={title} seen={seen} /> : <Skeleton active paragraph={{ rows: 1 }} title={false} className="related-wait" />}
    </section>
  );
}

function columnsOf(object: ObjectDef, by: string): Field[] {
  const view = object.views.find((view) => view.columns.includes(by)) ?? object.views[0];
  const layout = pageLayout(object);
  const wanted = view?.columns ?? [...layout.highlights, object.title, ...(layout.sections[0]?.fields ?? [])];
  const fields = wanted.filter((name, index) => name !== by && wanted.indexOf(name) === index && !BASE.has(name)).map((name) => fieldOf(object, name));
  return fields.filter((field): field is Field => !!field && field.type !== 'child_table' && field.type !== 'long_text').slice(0, COLUMNS);
}

function Body({ object, by, record, title, seen }: { object: ObjectDef; by: Field; record: RecordView; title: string; seen: boolean }) {
  const { t } = useTranslation('record');
  const navigate = useNavigate();
  const [adding, setAdding] = useState(false);
  const columns = useMemo(() => columnsOf(object, by.name), [object, by.name]);
  const sort = object.views.find((view) => view.columns.includes(by.name))?.sort.filter((one) => fieldOf(object, one.replace('-', ''))).join(',');
  const filter = `${by.name} = ${quote(record.id)}`;
  const rows = useQuery({
    queryKey: ['records', object.name, 'related', by.name, record.id],
    queryFn: ({ signal }) => call<Page>(`records/${object.name}`, { query: { columns: columns.map((field) => field.name).join(','), filter, sort, limit: ROWS, expand: true, count: 'capped' }, signal }),
    enabled: seen && columns.length > 0,
  });
  const records = rows.data?.records ?? [];
  const count = rows.data?.count;
  const several = (by.to?.length ?? 0) !== 1;
  const given = { [by.name]: several ? { object: record.object, id: record.id } : record.id };
  const open = (row: RecordView) => void navigate({ to: '/app/record/$object/$id', params: { object: row.object, id: row.id } });
  return (
    <>
      <header className="related-head">
        <h3>{object.label}</h3>
        {count && count.rows > 0 && <span className="count">{count.rows}{count.more ? '+' : ''}</span>}
        <span className="related-gap" />
        {count && count.rows > ROWS && (
          <Button size="small" type="link" onClick={() => void navigate({ to: '/app/list/$object', params: { object: object.name }, search: { f: [{ any: [{ field: by.name, op: 'in', values: [record.id] }] }] } })}>{t('related.all')}</Button>
        )}
        {may(object, 'create') && by.access === 'write' && <Button size="small" type="text" icon={<PlusOutlined />} aria-label={`${t('related.add')} ${object.label}`} onClick={() => setAdding(true)}>{t('related.add')}</Button>}
      </header>
      {rows.isPending && <Skeleton active paragraph={{ rows: 2 }} title={false} className="related-wait" />}
      {rows.isSuccess && records.length === 0 && <p className="related-empty">{t('related.empty', { label: object.label })}</p>}
      {records.length > 0 && (
        <div className="related-scroll">
          <table className="related-table">
            <thead><tr>{columns.map((field) => <th key={field.name} scope="col" className={kindOf(field).numeric ? 'numeric' : undefined}>{field.label}</th>)}</tr></thead>
            <tbody>
              {records.map((row) => (
                <tr key={row.id}>
                  {columns.map((field, index) => (
                    <td key={field.name} className={kindOf(field).numeric ? 'numeric' : undefined}>
                      {index === 0 ? <button type="button" className="row-link" onClick={() => open(row)}><Show field={field} value={row.values[field.name]} record={row} plain /></button> : <Show field={field} value={row.values[field.name]} record={row} />}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {adding && <Suspense fallback={null}><CreateDrawer object={object.name} given={given} titles={{ [by.name]: title }} onClose={() => setAdding(false)} /></Suspense>}
    </>
  );
}
