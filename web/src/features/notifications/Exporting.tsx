// An export that waits for one's answer, or the answer to one's own.
import { CheckCircleOutlined, CloseCircleOutlined, ExportOutlined } from '@ant-design/icons';
import { App, Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { over, ready, takeFile } from '@/features/exports/requests.ts';
import { grouped } from '@/meta/fields/amount.ts';
import { instantText } from '@/meta/fields/moment.ts';
import { useSentence } from '@/shared/ui/Failure.tsx';
import type { Notice } from './model.ts';
import { Pressed } from './Pressed.tsx';
import '@/features/exports/texts.ts';

const RequestDialog = lazy(() => import('@/features/exports/RequestDialog.tsx'));

export function Exporting({ notice, onRead }: { notice: Extract<Notice, { kind: 'export' }>; onRead: () => void }) {
  const { t } = useTranslation('exports');
  const { message } = App.useApp();
  const sentence = useSentence();
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const { request, answers, at } = notice;
  const now = Date.now();
  const about = { who: request.with ?? t('shell:notify.someone'), label: request.label, rows: grouped(String(request.rows)) };
  const look = () => {
    if (!answers) onRead();
    setOpen(true);
  };
  const take = async () => {
    setBusy(true);
    try {
      await takeFile(request);
      onRead();
    } catch (error) {
      void message.error(sentence(error));
    }
    setBusy(false);
  };
  const until = ready(request, now) ? t('until', { at: instantText(request.valid_until ?? '') }) : over(request, now) ? t('notice.over') : undefined;
  const detail = answers ? request.purpose : [request.note, until].filter(Boolean).join(' · ');
  const icon = answers ? <ExportOutlined /> : request.state === 'approved' ? <CheckCircleOutlined className="notice-good" /> : <CloseCircleOutlined className="notice-bad" />;
  return (
    <>
      <Pressed icon={icon} title={t(answers ? 'notice.ask' : `notice.${request.state}`, about)} detail={detail} when={<span className="muted">{instantText(at).slice(5)}</span>} onPress={look} />
      {answers && <div className="notice-acts"><Button size="small" type="primary" onClick={look}>{t('notice.answer')}</Button></div>}
      {!answers && ready(request, now) && <div className="notice-acts"><Button size="small" type="primary" loading={busy} onClick={() => void take()}>{t('take')}</Button></div>}
      {open && <Suspense fallback={null}><RequestDialog request={request} answers={answers} onClose={() => setOpen(false)} /></Suspense>}
    </>
  );
}
