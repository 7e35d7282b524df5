// Saying of two records that they are two, and why: for good.
import { App, Input, Modal } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '@/shared/api/http.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { useRefreshAll } from './useMerges.ts';

const USUAL = ['family', 'namesake', 'branch'] as const;
const MOST = 500;

export function ApartDialog({ object, records, onClose, onDone }: { object: string; records: [string, string]; onClose: () => void; onDone?: () => void }) {
  const { t } = useTranslation('merge');
  const { message } = App.useApp();
  const refresh = useRefreshAll();
  const id = useId();
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const decide = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await call(`records/${object}/duplicates/dismiss`, { method: 'POST', body: { records, reason: reason.trim() } });
      void message.success({ content: t('kept'), duration: 1.5 });
      refresh();
      onClose();
      onDone?.();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal open title={t('apartTitle')} okText={t('apart')} cancelText={t('common:cancel')} confirmLoading={busy} okButtonProps={{ disabled: reason.trim() === '' }} onOk={() => void decide()} onCancel={onClose}>
      <div className="merge-ask">
        <p className="muted">{t('apartHint')}</p>
        <label htmlFor={id}>{t('apartReason')}</label>
        <div className="merge-usual">{USUAL.map((one) => <button key={one} type="button" onClick={() => setReason(t(`apartReasons.${one}`))}>{t(`apartReasons.${one}`)}</button>)}</div>
        <Input.TextArea id={id} rows={2} value={reason} maxLength={MOST} onChange={(event) => setReason(event.target.value)} />
        {problem !== null && <Failure error={problem} />}
      </div>
    </Modal>
  );
}
