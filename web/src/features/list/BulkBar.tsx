// What one does with the chosen rows.
import { CloseOutlined, EditOutlined, ExportOutlined, FileAddOutlined, UserSwitchOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldOf, may } from '@/meta/definitions.ts';
import type { Count, ObjectDef } from '@/shared/api/types.ts';
import { usePhone } from '@/shared/ui/useMedia.ts';
import { AT_ONCE, scopes } from './bulk.ts';
import type { ListQuery } from './useList.ts';
import type { Selection } from './useSelection.ts';

const BulkCreate = lazy(() => import('./BulkCreate.tsx'));
const BulkEdit = lazy(() => import('./BulkEdit.tsx'));
const ExportDialog = lazy(() => import('./ExportDialog.tsx'));

interface Props { object: ObjectDef; query: ListQuery; selection: Selection; count?: Count; onDone: () => void }

/** The base field that says whose a record is. */
const OWNER = 'owner';

export function BulkBar({ object, query, selection, count, onDone }: Props) {
  const { t } = useTranslation('list');
  const phone = usePhone();
  const [editing, setEditing] = useState<string | null>(null);
  const [making, setMaking] = useState(false);
  const [exporting, setExporting] = useState(false);
  const all = count ? `${count.rows}${count.more ? '+' : ''}` : '';
  const more = selection.allShown && !selection.whole && count && (count.more || count.rows > selection.size);
  const reassigns = may(object, 'reassign') && fieldOf(object, OWNER)?.access === 'write';
  const [scope] = scopes(selection, query);
  const exportable = may(object, 'export') && (selection.whole || selection.size <= AT_ONCE);
  const close = (done: boolean) => {
    setEditing(null);
    setMaking(false);
    if (!done) return;
    selection.clear();
    onDone();
  };
  return (
    <div className="bulk" role="status">
      <span>{selection.whole ? t('chosenAll', { count: all as unknown as number }) : t('chosen', { count: selection.size })}</span>
      {more && <Button size="small" type="link" onClick={selection.takeWhole}>{t('chooseAll', { count: all as unknown as number })}</Button>}
      {may(object, 'update') && <Button size="small" icon={<EditOutlined />} onClick={() => setEditing('')}>{!phone && t('bulkEdit')}</Button>}
      {reassigns && <Button size="small" icon={<UserSwitchOutlined />} onClick={() => setEditing(OWNER)}>{t('bulkAssign')}</Button>}
      {(object.about?.length ?? 0) > 0 && <Button size="small" icon={<FileAddOutlined />} aria-label={t('bulkCreate')} onClick={() => setMaking(true)}>{!phone && t('bulkCreate')}</Button>}
      {may(object, 'export') && <Button size="small" icon={<ExportOutlined />} disabled={!exportable} title={exportable ? undefined : t('exportMost', { count: AT_ONCE })} onClick={() => setExporting(true)}>{t('export')}</Button>}
      <Button size="small" type="text" icon={<CloseOutlined />} aria-label={t('unchoose')} onClick={selection.clear} />
      {editing !== null && <Suspense fallback={null}><BulkEdit object={object} query={query} selection={selection} field={editing || undefined} onClose={close} /></Suspense>}
      {making && <Suspense fallback={null}><BulkCreate object={object} query={query} selection={selection} onClose={close} /></Suspense>}
      {exporting && scope && (
        <Suspense fallback={null}>
          <ExportDialog object={object} query={{ ...query, ...scope }} count={selection.whole ? count : { rows: selection.size, more: false }} onClose={() => setExporting(false)} />
        </Suspense>
      )}
    </div>
  );
}
