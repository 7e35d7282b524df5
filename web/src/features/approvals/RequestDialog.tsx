// One request for approval: what it is about; answered, used or withdrawn here.
import { useNavigate } from '@tanstack/react-router';
import { App, Button, Input, Modal } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { instantText } from '@/meta/fields/moment.ts';
import { call } from '@/shared/api/http.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { Facts } from './Facts.tsx';
import { type Approval, ready, takeFile, useRefresh } from './requests.ts';
import { State } from './State.tsx';
import './texts.ts';
import './approvals.css';

interface Props { approval: Approval; answers: boolean; onClose: () => void; onLeave?: () => void }

export default function RequestDialog({ approval, answers, onClose, onLeave }: Props) {
  const { t } = useTranslation('approvals');
  const { message } = App.useApp();
  const navigate = useNavigate();
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
    void act(deed, () => call(`approvals/${approval.id}/${deed}`, { method: 'POST', body }), t(deed === 'approve' ? 'approved' : 'refused'));
  };
  const open = () => {
    onClose();
    onLeave?.();
    void navigate({ to: '/app/record/$object/$id', params: { object: approval.object, id: approval.reveal?.record ?? '' } });
  };
  const usable = ready(approval, Date.now());
  const own = approval.state === 'open' ? <Button danger loading={busy === 'withdraw'} onClick={() => void act('withdraw', () => call(`approvals/${approval.id}`, { method: 'DELETE' }), t('withdrawn'))}>{t('withdraw')}</Button>
    : usable && approval.reveal ? <Button type="primary" onClick={open}>{t('open')}</Button>
      : usable && <Button type="primary" loading={busy === 'take'} onClick={() => void act('take', () => takeFile(approval), t('list:exportDone'))}>{t('take')}</Button>;
  const footer = answers ? (
    <>
      <Button danger disabled={!note.trim() || busy !== undefined} loading={busy === 'refuse'} onClick={() => answer('refuse')}>{t('refuse')}</Button>
      <Button type="primary" disabled={busy !== undefined} loading={busy === 'approve'} onClick={() => answer('approve')}>{t('approve')}</Button>
    </>
  ) : <><Button onClick={onClose}>{t('common:close')}</Button>{own}</>;
  return (
    <Modal open title={t(`title.${approval.kind}`, { label: approval.label })} footer={footer} onCancel={onClose} width={560}>
      <div className="approval-form">
        <dl className="approval-facts">
          {answers && <><dt>{t('who')}</dt><dd>{approval.with ?? t('shell:notify.someone')}</dd></>}
          <Facts approval={approval} />
          <dt>{t('asked')}</dt><dd className="tabular">{instantText(approval.asked_at)}</dd>
          {!answers && <><dt>{t('state')}</dt><dd><State approval={approval} /></dd></>}
          {!answers && approval.with && approval.decided_at && <><dt>{t('by')}</dt><dd>{approval.with} <span className="muted tabular">{instantText(approval.decided_at)}</span></dd></>}
          {!answers && approval.note && <><dt>{t('said')}</dt><dd>{approval.note}</dd></>}
        </dl>
        {answers && (
          <>
            <label htmlFor={`${id}-note`}>{t('note')}</label>
            <Input.TextArea id={`${id}-note`} value={note} onChange={(event) => setNote(event.target.value)} maxLength={500} rows={3} />
            <p className="muted">{t(`hint.${approval.kind}`)}</p>
          </>
        )}
        {problem !== null && <Failure error={problem} />}
      </div>
    </Modal>
  );
}
