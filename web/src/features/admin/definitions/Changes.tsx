// What the draft would change, what stands in its way, and putting it in force.
import type { UseQueryResult } from '@tanstack/react-query';
import { Alert, App, Button, Input, Modal, Skeleton } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '@/shared/api/http.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { type Diff, pathOf, sentenceOf, useRereadAll } from './files.ts';

interface Props { diff: UseQueryResult<Diff>; drafted: number; blocked: boolean; onOpen: (path: string, line: number) => void }

export function Changes({ diff, drafted, blocked, onOpen }: Props) {
  const { t } = useTranslation('admin');
  const [asking, setAsking] = useState(false);
  if (diff.error) return <Failure error={diff.error} onRetry={() => void diff.refetch()} />;
  if (!diff.data) return <Skeleton active />;
  const { changes, refusals, problems, base } = diff.data;
  const ready = drafted > 0 && problems.length === 0 && refusals.length === 0 && !blocked;
  return (
    <section className="panel draft-box" aria-live="polite">
      <h2>
        <span>{t('definitions.diff', { version: base })}</span>
        <Button size="small" loading={diff.isFetching} onClick={() => void diff.refetch()}>{t('definitions.check')}</Button>
        <Button size="small" type="primary" disabled={!ready} onClick={() => setAsking(true)}>{t('definitions.publish')}</Button>
      </h2>
      {problems.length > 0 && (
        <ul className="problems">
          {problems.map((problem) => (
            <li key={`${problem.file}-${problem.line}-${problem.column}-${problem.code}`}>
              <button type="button" onClick={() => onOpen(pathOf(problem), problem.line)}><span className="place code">{pathOf(problem)}:{problem.line}</span><span>{sentenceOf(problem)}</span></button>
            </li>
          ))}
        </ul>
      )}
      {refusals.map((refused) => <Alert key={refused.change} type="error" showIcon banner title={`${refused.change}：${refused.reason}`} description={refused.remedy} />)}
      {changes.length > 0 && <ul className="changes">{changes.map((change) => <li key={change}>{change}</li>)}</ul>}
      {problems.length === 0 && changes.length === 0 && <p className="muted">{t(drafted > 0 ? 'definitions.sameMeaning' : 'definitions.noDraft')}</p>}
      {asking && <Publish changes={changes} base={base} onClose={() => setAsking(false)} />}
    </section>
  );
}

function Publish({ changes, base, onClose }: { changes: string[]; base: number; onClose: () => void }) {
  const { t } = useTranslation('admin');
  const { message } = App.useApp();
  const [note, setNote] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const reread = useRereadAll();
  const publish = async () => {
    setBusy(true);
    setError(null);
    try {
      const { version } = await call<{ version: number }>('definitions/publish', { method: 'POST', body: { note: note.trim(), base } });
      void message.success(t('definitions.published', { version }));
      onClose();
      await reread();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal open title={t('definitions.publish')} onCancel={onClose} okText={t('definitions.publish')} okButtonProps={{ disabled: !note.trim() }} confirmLoading={busy} onOk={() => void publish()}>
      <div className="stack">
        <p>{t('definitions.publishHint', { count: changes.length })}</p>
        <Input.TextArea rows={2} maxLength={500} autoFocus aria-label={t('definitions.note')} placeholder={t('definitions.note')} value={note} onChange={(event) => setNote(event.target.value)} />
        {error !== null && <Failure error={error} />}
      </div>
    </Modal>
  );
}
