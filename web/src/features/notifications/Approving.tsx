// What waits for one's approval, or the answer to what one has asked for.
import { AuditOutlined, CheckCircleOutlined, CloseCircleOutlined } from '@ant-design/icons';
import { App, Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { over, ready, takeFile } from '@/features/approvals/requests.ts';
import { grouped } from '@/meta/fields/amount.ts';
import { instantText } from '@/meta/fields/moment.ts';
import { useSentence } from '@/shared/ui/Failure.tsx';
import type { Notice } from './model.ts';
import { Pressed } from './Pressed.tsx';
import '@/features/approvals/texts.ts';

const RequestDialog = lazy(() => import('@/features/approvals/RequestDialog.tsx'));

export function Approving({ notice, onRead, onLeave }: { notice: Extract<Notice, { kind: 'approval' }>; onRead: () => void; onLeave: () => void }) {
  const { t } = useTranslation('approvals');
  const { message } = App.useApp();
  const sentence = useSentence();
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const { approval, answers, at } = notice;
  const now = Date.now();
  const usable = ready(approval, now);
  const about = { who: approval.with ?? t('shell:notify.someone'), label: approval.label, rows: grouped(String(approval.export?.rows ?? 0)), title: approval.reveal?.title };
  const look = () => {
    if (!answers) onRead();
    setOpen(true);
  };
  const take = async () => {
    setBusy(true);
    try {
      await takeFile(approval);
      onRead();
    } catch (error) {
      void message.error(sentence(error));
    }
    setBusy(false);
  };
  const until = usable ? t('until', { at: instantText(approval.valid_until ?? '') }) : over(approval, now) ? t('notice.over') : undefined;
  const detail = answers ? approval.purpose : [approval.note, until].filter(Boolean).join(' · ');
  const icon = answers ? <AuditOutlined /> : approval.state === 'approved' ? <CheckCircleOutlined className="notice-good" /> : <CloseCircleOutlined className="notice-bad" />;
  return (
    <>
      <Pressed icon={icon} title={t(`notice.${approval.kind}.${answers ? 'ask' : approval.state}`, about)} detail={detail} when={<span className="muted">{instantText(at).slice(5)}</span>} onPress={look} />
      {answers && <div className="notice-acts"><Button size="small" type="primary" onClick={look}>{t('notice.answer')}</Button></div>}
      {!answers && usable && <div className="notice-acts">{approval.export ? <Button size="small" type="primary" loading={busy} onClick={() => void take()}>{t('take')}</Button> : <Button size="small" type="primary" onClick={look}>{t('open')}</Button>}</div>}
      {open && <Suspense fallback={null}><RequestDialog approval={approval} answers={answers} onClose={() => setOpen(false)} onLeave={onLeave} /></Suspense>}
    </>
  );
}
