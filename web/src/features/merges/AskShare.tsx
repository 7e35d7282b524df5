// Asking the owner of a record out of sight to share it. Nothing of the record is told here.
import { App, Button, Input, Popover } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '@/shared/api/http.ts';
import { isProblem } from '@/shared/api/problem.ts';
import { useSentence } from '@/shared/ui/Failure.tsx';
import './texts.ts';

const MOST = 500;

export function AskShare({ handle }: { handle: string }) {
  const { t } = useTranslation('merge');
  const { message } = App.useApp();
  const sentence = useSentence();
  const id = useId();
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState('');
  const [state, setState] = useState<'new' | 'busy' | 'asked'>('new');
  const ask = async () => {
    setState('busy');
    try {
      await call('share-requests', { method: 'POST', body: { handle, reason: reason.trim() } });
      setState('asked');
      setOpen(false);
    } catch (error) {
      if (isProblem(error, 'asked_already')) {
        setState('asked');
        setOpen(false);
        return;
      }
      setState('new');
      void message.error(sentence(error));
    }
  };
  if (state === 'asked') return <span className="muted" role="status">{t('asked')}</span>;
  const content = (
    <div className="merge-ask">
      <p className="muted">{t('askHint')}</p>
      <label htmlFor={id}>{t('askReason')}</label>
      <Input.TextArea id={id} rows={2} value={reason} maxLength={MOST} placeholder={t('askPlaceholder')} onChange={(event) => setReason(event.target.value)} />
      <Button type="primary" loading={state === 'busy'} disabled={reason.trim() === ''} onClick={() => void ask()}>{t('asking')}</Button>
    </div>
  );
  return <Popover trigger="click" open={open} onOpenChange={setOpen} title={t('askTitle')} content={content} destroyOnHidden><Button size="small">{t('asking')}</Button></Popover>;
}
