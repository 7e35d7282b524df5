// Why a masked value is to be shown.
import { App, Button, Input, Radio } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { neededApproval, useRefresh } from '@/features/approvals/requests.ts';
import { call } from '@/shared/api/http.ts';
import type { Field, Json, RecordView } from '@/shared/api/types.ts';
import { useSentence } from '@/shared/ui/Failure.tsx';
import '@/features/approvals/texts.ts';

interface Props { field: Field; record: RecordView; reasons: string[]; quota?: number; onShown: (value: Json, left: number | null) => void; onAsked: () => void }

export default function RevealAsk({ field, record, reasons, quota, onShown, onAsked }: Props) {
  const { t } = useTranslation('field');
  const { message } = App.useApp();
  const sentence = useSentence();
  const [reason, setReason] = useState<string | null>(reasons.length > 0 ? null : '');
  const [words, setWords] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const refresh = useRefresh();
  const needed = neededApproval(problem) !== undefined;
  const said = reason === '' ? words.trim() : (reason ?? '');
  const go = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const body = { field: field.name, reason: said };
      const answer = await call<{ value: Json; left: number | null }>(`records/${record.object}/${record.id}/reveal`, { method: 'POST', body });
      onShown(answer.value, answer.left);
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };
  const ask = async () => {
    setBusy(true);
    try {
      await call('approvals', { method: 'POST', body: { reveal: { object: record.object, record: record.id, field: field.name, reason: said } } });
      await refresh();
      void message.success({ content: t('approvals:sent'), duration: 3 });
      onAsked();
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };
  return (
    <div className="reveal-ask">
      <p className="muted">{t('revealHint')}</p>
      {reasons.length > 0 && (
        <Radio.Group value={reason} onChange={(event) => setReason(String(event.target.value))} className="reveal-reasons">
          {reasons.map((one) => <Radio key={one} value={one}>{one}</Radio>)}
          <Radio value="">{t('revealOther')}</Radio>
        </Radio.Group>
      )}
      {reason === '' && <Input value={words} onChange={(event) => setWords(event.target.value)} aria-label={t('revealOther')} placeholder={t('revealOther')} maxLength={200} autoFocus />}
      {needed ? <p role="status">{t('approvals:revealNeeded')}</p> : problem !== null && <p className="field-problem" role="alert">{sentence(problem)}</p>}
      <div className="reveal-foot">
        <span className="muted">{quota ? t('revealQuota', { count: quota }) : ''}</span>
        <Button type="primary" disabled={!said} loading={busy} onClick={() => void (needed ? ask() : go())}>{t(needed ? 'approvals:ask' : 'revealGo')}</Button>
      </div>
    </div>
  );
}
