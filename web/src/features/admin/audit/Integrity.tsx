// Proving the log: verify it, take a checkpoint away, check against one kept elsewhere.
import { DownloadOutlined, SafetyCertificateOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { Alert, App, Button, Input, Modal, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '@/shared/api/http.ts';
import type { Json } from '@/shared/api/types.ts';
import { Failure, useSentence } from '@/shared/ui/Failure.tsx';
import { saveText } from '../saveText.ts';

interface Report { entries: number; unsealed: number; seals: number; size: number; anchored: boolean; problems: Json[]; count: number }
interface Checkpoint { verifier: string; checkpoint: string }

export function Integrity({ record }: { record?: string }) {
  const { t } = useTranslation('admin');
  const [open, setOpen] = useState(false);
  return (
    <Space wrap>
      {record && <ProofButton record={record} />}
      <CheckpointButton />
      <Button icon={<SafetyCertificateOutlined />} onClick={() => setOpen(true)}>{t('audit.verify')}</Button>
      {open && <VerifyDialog onClose={() => setOpen(false)} />}
    </Space>
  );
}

function CheckpointButton() {
  const { t } = useTranslation('admin');
  const { message } = App.useApp();
  const sentence = useSentence();
  const take = useMutation({
    mutationFn: () => call<Checkpoint>('audit/checkpoint'),
    onSuccess: (made) => saveText('audit-checkpoint.json', JSON.stringify(made, null, 2), 'application/json'),
    onError: (error) => message.error(sentence(error)),
  });
  return <Button icon={<DownloadOutlined />} loading={take.isPending} onClick={() => take.mutate()}>{t('audit.checkpoint')}</Button>;
}

export function ProofButton({ record }: { record: string }) {
  const { t } = useTranslation('admin');
  const { message } = App.useApp();
  const sentence = useSentence();
  const take = useMutation({
    mutationFn: () => call<Json>(`audit/proofs/${record}`),
    onSuccess: (proof) => saveText(`audit-proof-${record}.json`, JSON.stringify(proof, null, 2), 'application/json'),
    onError: (error) => message.error(sentence(error)),
  });
  return <Button icon={<DownloadOutlined />} loading={take.isPending} onClick={() => take.mutate()}>{t('audit.proof')}</Button>;
}

/** A kept checkpoint as text: the file that the button above saves, or the note alone. */
function noteOf(text: string): string {
  try {
    const kept = JSON.parse(text) as Partial<Checkpoint>;
    return kept.checkpoint ?? text;
  } catch {
    return text;
  }
}

function VerifyDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('admin');
  const [kept, setKept] = useState('');
  const verify = useMutation({
    mutationFn: () => call<Report>('audit/verify', { method: 'POST', body: kept.trim() ? { checkpoint: noteOf(kept) } : {} }),
  });
  const report = verify.data;
  const whole = report && report.count === 0;
  return (
    <Modal open title={t('audit.verify')} onCancel={onClose} okText={t('audit.verifyStart')} cancelText={t('common:close')} confirmLoading={verify.isPending} onOk={() => verify.mutate()} width={560}>
      <div className="stack">
        <p className="muted">{t('audit.verifyHint')}</p>
        <Input.TextArea aria-label={t('audit.kept')} placeholder={t('audit.keptHint')} rows={3} maxLength={8000} value={kept} onChange={(event) => setKept(event.target.value)} className="code" />
        {verify.error && <Failure error={verify.error} />}
        {report && (
          <Alert
            type={whole ? 'success' : 'error'} showIcon title={t(whole ? 'audit.whole' : 'audit.broken', { count: report.count })}
            description={(
              <dl className="facts">
                <dt>{t('audit.entries')}</dt><dd className="tabular">{report.entries}</dd>
                <dt>{t('audit.seals')}</dt><dd className="tabular">{report.seals}</dd>
                <dt>{t('audit.unsealed')}</dt><dd className="tabular">{report.unsealed}</dd>
                <dt>{t('audit.anchored')}</dt><dd>{t(report.anchored ? 'common:yes' : 'common:no')}</dd>
                {report.problems.map((problem) => <Problem key={JSON.stringify(problem)} problem={problem} />)}
              </dl>
            )}
          />
        )}
      </div>
    </Modal>
  );
}

function Problem({ problem }: { problem: Json }) {
  const { t } = useTranslation('admin');
  return <><dt>{t('audit.problem')}</dt><dd className="code">{typeof problem === 'string' ? problem : JSON.stringify(problem)}</dd></>;
}
