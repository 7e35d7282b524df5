// Records that refer to this one, as its page brought them, with a way to add one in place.
import { PlusOutlined } from '@ant-design/icons';
import { useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldOf, may, useObject } from '@/meta/definitions.ts';
import { kindOf } from '@/meta/fields/kinds.ts';
import { Show } from '@/meta/fields/Show.tsx';
import type { Field, PageList, RecordView } from '@/shared/api/types.ts';

const CreateDrawer = lazy(() => import('./CreateDrawer.tsx'));
const Upload = lazy(() => import('./insight/Upload.tsx'));

export function RelatedList({ list, record, title }: { list: PageList; record: RecordView; title: string }) {
  const { t } = useTranslation('record');
  const navigate = useNavigate();
  const [adding, setAdding] = useState(false);
  const { data: object } = useObject(list.object);
  const by = list.from.split('.').length === 2 ? (list.from.split('.')[1] ?? '') : '';
  const link = object && fieldOf(object, by);
  const columns = list.columns.map((name) => object && fieldOf(object, name)).filter((field): field is Field => !!field);
  const file = object?.fields.find((field) => field.type === 'file' && field.access === 'write');
  const addable = !!object && may(object, 'create') && link?.access === 'write';
  const several = (link?.to?.length ?? 0) !== 1;
  const given = { [by]: several ? { object: record.object, id: record.id } : record.id };
  const open = (row: RecordView) => void navigate({ to: '/app/record/$object/$id', params: { object: row.object, id: row.id } });
  const all = () => void navigate({ to: '/app/list/$object', params: { object: list.object }, search: { of: list.filter, ofLabel: `${title} · ${list.label}` } });
  const more = list.count.more || list.count.rows > list.records.length;
  return (
    <section className={`related panel${list.records.length === 0 ? ' related-none' : ''}`}>
      <header className="related-head">
        <h2>{list.label}</h2>
        {list.count.rows > 0 ? <span className="count">{list.count.rows}{list.count.more ? '+' : ''}</span> : <span className="muted related-empty">{t('common:none')}</span>}
        <span className="related-gap" />
        {more && list.filter && <Button size="small" type="link" onClick={all}>{t('related.all')}</Button>}
        {addable && file && <Suspense fallback={null}><Upload object={object} file={file} given={given} titles={{ [by]: title }} /></Suspense>}
        {addable && <Button size="small" type="text" icon={<PlusOutlined />} aria-label={`${t('related.add')} ${object.label}`} onClick={() => setAdding(true)}>{t('related.add')}</Button>}
      </header>
      {list.records.length > 0 && columns.length > 0 && (
        <div className="related-scroll">
          <table className="related-table">
            <thead><tr>{columns.map((field) => <th key={field.name} scope="col" className={kindOf(field).numeric ? 'numeric' : undefined}>{field.label}</th>)}</tr></thead>
            <tbody>
              {list.records.map((row) => (
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
      {adding && <Suspense fallback={null}><CreateDrawer object={list.object} given={given} titles={{ [by]: title }} onClose={() => setAdding(false)} /></Suspense>}
    </section>
  );
}
