// Why a masked value is to be shown.
import { Button, Input, Radio } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '@/shared/api/http.ts';
import type { Field, Json, RecordView } from '@/shared/api/types.ts';
import { useSentence } from '@/shared/ui/Failure.tsx';

interface Props { field: Field; record: RecordView; reasons: string[]; quota?: number; onShown: (value: Json, left: number | null) => void }

export default function RevealAsk({ field, record, reasons, quota, onShown }: Props) {
  const { t } = useTranslation('field');
  const sentence = useSentence();
  const [reason, setReason] = useState<string | null>(reasons.length > 0 ? null : '');
  const [words, setWords] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const said = reason === '' ? words.trim() : (reason ?? '');
  const go = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const body = { field: field.name, reason: said };
      const answer = await call<{ value: Json; left: number | null }>(`records/${record.object}/${record.id}/reveal`, { method: 'POST', body });
      onShown(answer.value, answer.left);
    } catch (error) {
      setProblem(sentence(error));
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
      {problem && <p className="field-problem" role="alert">{problem}</p>}
      <div className="reveal-foot">
        <span className="muted">{quota ? t('revealQuota', { count: quota }) : ''}</span>
        <Button type="primary" disabled={!said} loading={busy} onClick={() => void go()}>{t('revealGo')}</Button>
      </div>
    </div>
  );
}
