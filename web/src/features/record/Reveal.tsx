// Showing a masked value: a reason first, then the value for a short while. The server decides,
// counts and records; here the value lives in memory only and goes when its time is up.
import { EyeInvisibleOutlined, EyeOutlined } from '@ant-design/icons';
import { Popover } from 'antd';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/meta/definitions.ts';
import { Show } from '@/meta/fields/Show.tsx';
import type { Field, Json, RecordView } from '@/shared/api/types.ts';
import { Waiting } from '@/shared/ui/Waiting.tsx';

const RevealAsk = lazy(() => import('./RevealAsk.tsx'));

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
        content={<Suspense fallback={<Waiting rows={5} className="reveal-ask" />}><RevealAsk field={field} record={record} reasons={me?.screen.reveal_reasons ?? []} quota={me?.reveal_per_day} onAsked={() => setOpen(false)} onShown={(value, left) => {
          setOpen(false);
          setShown({ value, left, until: Date.now() + (me?.screen.reveal_seconds ?? 30) * 1000 });
        }} /></Suspense>}
      >
        <button type="button" className="reveal-eye" aria-label={t('reveal', { label: field.label })}><EyeOutlined /></button>
      </Popover>
    </span>
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
