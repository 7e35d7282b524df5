// What one does with the chosen rows.
import { CloseOutlined, EditOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Count, ObjectDef } from '@/shared/api/types.ts';
import type { ListQuery } from './useList.ts';
import type { Selection } from './useSelection.ts';

const BulkEdit = lazy(() => import('./BulkEdit.tsx'));

interface Props { object: ObjectDef; query: ListQuery; selection: Selection; count?: Count; onDone: () => void }

export function BulkBar({ object, query, selection, count, onDone }: Props) {
  const { t } = useTranslation('list');
  const [editing, setEditing] = useState(false);
  const all = count ? `${count.rows}${count.more ? '+' : ''}` : '';
  const more = selection.allShown && !selection.whole && count && (count.more || count.rows > selection.size);
  return (
    <div className="bulk" role="status">
      <span>{selection.whole ? t('chosenAll', { count: all as unknown as number }) : t('chosen', { count: selection.size })}</span>
      {more && <Button size="small" type="link" onClick={selection.takeWhole}>{t('chooseAll', { count: all as unknown as number })}</Button>}
      <Button size="small" icon={<EditOutlined />} onClick={() => setEditing(true)}>{t('bulkEdit')}</Button>
      <Button size="small" type="text" icon={<CloseOutlined />} aria-label={t('unchoose')} onClick={selection.clear} />
      {editing && (
        <Suspense fallback={null}>
          <BulkEdit object={object} query={query} selection={selection} onClose={(done) => { setEditing(false); if (done) { selection.clear(); onDone(); } }} />
        </Suspense>
      )}
    </div>
  );
}
