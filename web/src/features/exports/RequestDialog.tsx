// One request for an export: what would leave and what for; answered, taken or withdrawn here.
import { App, Button, Input, Modal } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { grouped } from '@/meta/fields/amount.ts';
import { instantText } from '@/meta/fields/moment.ts';
import { call } from '@/shared/api/http.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { Tag } from '@/shared/ui/Tag.tsx';
import { State } from './State.tsx';
import { type ExportRequest, ready, takeFile, useRefresh } from './requests.ts';
import './texts.ts';
import './exports.css';

interface Props { request: ExportRequest; answers: boolean; onClose: () => void }

export default function RequestDialog({ request, answers, onClose }: Props) {
  const { t } = useTranslation('exports');
  const { message } = App.useApp();
  const refresh = useRefresh();
  const id = useId();
  const [note, setNote] = useState('');
  const [busy, setBusy] = useState<string>();
  const [problem, setProblem] = useState<unknown>(null);
  const act = async (deed: string, work: () => Promise<unknown>, done: string) => {
    setBusy(deed);
    setProblem(null);
    try {
      await work();
      void message.success({ content: done, duration: 2 });
      onClose();
    } catch (error) {
      setProblem(error);
      setBusy(undefined);
    }
    await refresh();
  };
  const answer = (deed: 'approve' | 'refuse') => {
    const body = note.trim() ? { note: note.trim() } : {};
    void act(deed, () => call(`export-requests/${request.id}/${deed}`, { method: 'POST', body }), t(deed === 'approve' ? 'approved' : 'refused'));
  };
  const title = (name: string) => request.titles[name] ?? name;
  const own = request.state === 'open' ? (
    <Button danger loading={busy === 'withdraw'} onClick={() => void act('withdraw', () => call(`export-requests/${request.id}`, { method: 'DELETE' }), t('withdrawn'))}>{t('withdraw')}</Button>
  ) : ready(request, Date.now()) && (
    <Button type="primary" loading={busy === 'take'} onClick={() => void act('take', () => takeFile(request), t('list:exportDone'))}>{t('take')}</Button>
  );
  const footer = answers ? (
    <>
      <Button danger disabled={!note.trim() || busy !== undefined} loading={busy === 'refuse'} onClick={() => answer('refuse')}>{t('refuse')}</Button>
      <Button type="primary" disabled={busy !== undefined} loading={busy === 'approve'} onClick={() => answer('approve')}>{t('approve')}</Button>
    </>
  ) : <><Button onClick={onClose}>{t('common:close')}</Button>{own}</>;
  return (
    <Modal open title={t('title', { label: request.label })} footer={footer} onCancel={onClose} width={560}>
      <div className="export-form">
        <dl className="export-facts">
          {answers && <><dt>{t('who')}</dt><dd>{request.with ?? t('shell:notify.someone')}</dd></>}
          <dt>{t('purpose')}</dt><dd>{request.purpose}</dd>
          <dt>{t('rows')}</dt><dd className="tabular">{t('rowsOf', { rows: grouped(String(request.rows)), format: request.format === 'csv' ? 'CSV' : 'Excel' })}</dd>
          <dt>{t('which')}</dt><dd>{[request.which, request.search && t('searched', { text: request.search })].filter(Boolean).join(t('list:listComma')) || t('all')}</dd>
          <dt>{t('columns')}</dt><dd>{request.columns.map(title).join(t('list:listComma')) || t('standard')}</dd>
          {request.clear.length > 0 && <><dt>{t('clear')}</dt><dd className="several">{request.clear.map((name) => <Tag key={name} color="red">{title(name)}</Tag>)}</dd></>}
          <dt>{t('asked')}</dt><dd className="tabular">{instantText(request.asked_at)}</dd>
          {!answers && <><dt>{t('state')}</dt><dd><State request={request} /></dd></>}
          {!answers && request.with && request.decided_at && <><dt>{t('by')}</dt><dd>{request.with} <span className="muted tabular">{instantText(request.decided_at)}</span></dd></>}
          {!answers && request.note && <><dt>{t('said')}</dt><dd>{request.note}</dd></>}
        </dl>
        {answers && (
          <>
            <label htmlFor={`${id}-note`}>{t('note')}</label>
            <Input.TextArea id={`${id}-note`} value={note} onChange={(event) => setNote(event.target.value)} maxLength={500} rows={3} />
            <p className="muted">{t('hint')}</p>
          </>
        )}
        {problem !== null && <Failure error={problem} />}
      </div>
    </Modal>
  );
}
