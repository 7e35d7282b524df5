// Taking a list out as a file: scope and purpose are said first, the server decides and records.
import { App, Input, Modal, Segmented } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/meta/definitions.ts';
import { send } from '@/shared/api/http.ts';
import type { Count, ObjectDef } from '@/shared/api/types.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { saveBlob } from '@/shared/ui/saveBlob.ts';
import type { ListQuery } from './useList.ts';

interface Props { object: ObjectDef; query: ListQuery; count?: Count; onClose: () => void }

export default function ExportDialog({ object, query, count, onClose }: Props) {
  const { t } = useTranslation('list');
  const { message } = App.useApp();
  const me = useMe();
  const id = useId();
  const [format, setFormat] = useState<'xlsx' | 'csv'>('xlsx');
  const [purpose, setPurpose] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const go = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const asked = { object: query.object, columns: query.columns, filter: query.filter, search: query.search, sort: query.sort?.split(',') };
      const response = await send('exports', { method: 'POST', body: { query: asked, format, purpose: purpose.trim() } });
      await saveBlob(response, `${object.label}.${format}`);
      void message.success({ content: t('exportDone'), duration: 1.5 });
      onClose();
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };
  const rows = count ? `${count.rows}${count.more ? '+' : ''}` : '…';
  return (
    <Modal open title={t('exportTitle', { label: object.label })} okText={t('exportStart')} cancelText={t('common:cancel')} okButtonProps={{ disabled: !purpose.trim(), loading: busy }} onOk={() => void go()} onCancel={onClose} width={480}>
      <div className="bulk-form">
        <p className="muted">{t('exportHint', { count: rows as unknown as number, limit: me?.export_rows ?? 0 })}</p>
        <span id={`${id}-format`}>{t('exportFormat')}</span>
        <Segmented aria-labelledby={`${id}-format`} value={format} onChange={setFormat} options={[{ value: 'xlsx', label: 'Excel' }, { value: 'csv', label: 'CSV' }]} />
        <label htmlFor={`${id}-purpose`}>{t('exportPurpose')}</label>
        <Input id={`${id}-purpose`} value={purpose} onChange={(event) => setPurpose(event.target.value)} maxLength={200} autoFocus />
        {problem !== null && <Failure error={problem} />}
      </div>
    </Modal>
  );
}
