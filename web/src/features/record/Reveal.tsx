// Showing a masked value: a reason first, then the value for a short while. The server decides,
// counts and records; here the value lives in memory only and goes when its time is up.
import { EyeInvisibleOutlined, EyeOutlined } from '@ant-design/icons';
import { Button, Input, Popover, Radio } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/meta/definitions.ts';
import { Show } from '@/meta/fields/Show.tsx';
import { call } from '@/shared/api/http.ts';
import type { Field, Json, RecordView } from '@/shared/api/types.ts';
import { useSentence } from '@/shared/ui/Failure.tsx';

interface Shown { value: Json; left: number | null; until: number }

export function Reveal({ field, record }: { field: Field; record: RecordView }) {
  const { t } = useTranslation('field');
  const me = useMe();
  const [open, setOpen] = useState(false);
  const [shown, setShown] = useState<Shown | null>(null);
  const stored = String(record.values[field.name] ?? '');
  if (shown) {
    return <Clear shown={shown} field={field} onEnd={() => setShown(null)} />;
  }
  return (
    <span className="reveal">
      <span className="masked tabular">{stored}</span>
      <Popover
        trigger="click" open={open} onOpenChange={setOpen} title={t('revealTitle', { label: field.label })} destroyOnHidden
        content={<Ask field={field} record={record} reasons={me?.screen.reveal_reasons ?? []} quota={me?.reveal_per_day} onShown={(value, left) => {
          setOpen(false);
          setShown({ value, left, until: Date.now() + (me?.screen.reveal_seconds ?? 30) * 1000 });
        }} />}
      >
        <button type="button" className="reveal-eye" aria-label={t('reveal', { label: field.label })}><EyeOutlined /></button>
      </Popover>
    </span>
  );
}

function Ask({ field, record, reasons, quota, onShown }: { field: Field; record: RecordView; reasons: string[]; quota?: number; onShown: (value: Json, left: number | null) => void }) {
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

function Clear({ shown, field, onEnd }: { shown: Shown; field: Field; onEnd: () => void }) {
  const { t } = useTranslation('field');
  const [left, setLeft] = useState(() => Math.ceil((shown.until - Date.now()) / 1000));
  useEffect(() => {
    const timer = setInterval(() => {
      const seconds = Math.ceil((shown.until - Date.now()) / 1000);
      setLeft(seconds);
      if (seconds <= 0) onEnd();
    }, 500);
    return () => clearInterval(timer);
  }, [shown.until, onEnd]);
  return (
    <span className="reveal reveal-open">
      <b className="tabular"><Show field={field} value={shown.value} /></b>
      <small className="muted">{t('seconds', { count: Math.max(left, 0) })}{shown.left !== null && ` · ${t('revealLeft', { count: shown.left })}`}</small>
      <button type="button" className="reveal-eye" aria-label={t('hide')} onClick={onEnd}><EyeInvisibleOutlined /></button>
    </span>
  );
}
