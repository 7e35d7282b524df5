// Taking a list out as a file: scope and purpose are said first, the server decides and records.
import { Alert, App, Input, Modal, Segmented } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { OwnRequests } from '@/features/approvals/OwnRequests.tsx';
import { neededApproval, useRefresh } from '@/features/approvals/requests.ts';
import { useMe } from '@/meta/definitions.ts';
import { call, send } from '@/shared/api/http.ts';
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
  const refresh = useRefresh();
  const asked = { object: query.object, columns: query.columns, filter: query.filter, search: query.search, sort: query.sort?.split(',') };
  const body = { query: asked, format, purpose: purpose.trim() };
  const why = neededApproval(problem)?.message;
  const ask = async () => {
    setBusy(true);
    try {
      await call('approvals', { method: 'POST', body: { export: body } });
      await refresh();
      void message.success({ content: t('approvals:sent'), duration: 3 });
      onClose();
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };
  const go = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const response = await send('exports', { method: 'POST', body });
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
    <Modal open title={t('exportTitle', { label: object.label })} okText={t(why ? 'approvals:ask' : 'exportStart')} cancelText={t('common:cancel')} okButtonProps={{ disabled: !purpose.trim(), loading: busy }} onOk={() => void (why ? ask() : go())} onCancel={onClose} width={480}>
      <div className="bulk-form">
        <p className="muted">{t('exportHint', { count: rows as unknown as number, limit: me?.export_rows ?? 0 })}</p>
        <span id={`${id}-format`}>{t('exportFormat')}</span>
        <Segmented aria-labelledby={`${id}-format`} value={format} onChange={(next: typeof format) => { setFormat(next); setProblem(null); }} options={[{ value: 'xlsx', label: 'Excel' }, { value: 'csv', label: 'CSV' }]} />
        <label htmlFor={`${id}-purpose`}>{t('exportPurpose')}</label>
        <Input id={`${id}-purpose`} value={purpose} onChange={(event) => { setPurpose(event.target.value); setProblem(null); }} maxLength={200} autoFocus />
        {why ? <Alert type="info" showIcon title={t('approvals:needed', { why })} /> : problem !== null && <Failure error={problem} />}
        <OwnRequests object={object.name} />
      </div>
    </Modal>
  );
}
