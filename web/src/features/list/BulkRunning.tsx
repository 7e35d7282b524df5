// Jobs that work on many records: how far they are, and whom they left out.
import { DownloadOutlined } from '@ant-design/icons';
import { useQueries } from '@tanstack/react-query';
import { Button, Progress } from 'antd';
import { useTranslation } from 'react-i18next';
import { saveText } from '@/features/admin/saveText.ts';
import { fieldOf } from '@/meta/definitions.ts';
import { today } from '@/meta/fields/moment.ts';
import { useTitles } from '@/meta/useTitles.ts';
import { call, root } from '@/shared/api/http.ts';
import type { Job, ObjectDef } from '@/shared/api/types.ts';
import { csv, type Refused, tally } from './bulk.ts';

const ENDED = ['done', 'dead', 'cancelled'];

interface Props {
  object: ObjectDef;
  jobs: string[];
  /** What is done, in the name of the file of those left out. */
  label: string;
  /** Texts of progress and of the end. */
  texts: { running: string; done: string };
  onClose: () => void;
}

export function BulkRunning({ object, jobs, label, texts, onClose }: Props) {
  const { t } = useTranslation('list');
  const found = useQueries({
    queries: jobs.map((id) => ({
      queryKey: ['job', id],
      queryFn: ({ signal }: { signal: AbortSignal }) => call<Job>(`jobs/${id}`, { signal }),
      refetchInterval: (query: { state: { data?: Job } }) => (query.state.data && ENDED.includes(query.state.data.state) ? false : 800),
    })),
  });
  const sum = tally(found.map((one) => one.data));
  const percent = sum.ended ? 100 : sum.total > 0 ? Math.floor((sum.done * 100) / sum.total) : 0;
  return (
    <div className="bulk-form" role="status">
      {!sum.ended ? <p>{t(texts.running, { done: sum.done, total: sum.total || '…' })}</p>
        : <p>{t(texts.done, { changed: sum.changed, refused: sum.refused })}{sum.failed && <span className="field-problem"> {t('bulkFailed')}</span>}</p>}
      <Progress aria-label={label} percent={percent} status={sum.failed ? 'exception' : sum.ended ? 'success' : 'active'} />
      {sum.ended && sum.errors.length > 0 && <Refusals object={object} errors={sum.errors} label={label} />}
      {!sum.ended && <p className="muted">{t('bulkLeave')}</p>}
      <div className="bulk-foot"><Button type="primary" onClick={onClose}>{t('common:close')}</Button></div>
    </div>
  );
}

const SHOWN = 5;

/** Rows that were refused and why, the first few here, all of them as a file. */
function Refusals({ object, errors, label }: { object: ObjectDef; errors: Refused[]; label: string }) {
  const { t } = useTranslation('list');
  const title = useTitles(errors.map((error) => ({ object: object.name, id: error.id })));
  const why = (error: Refused) => {
    const reason = t(`bulkCode.${error.code}`, { defaultValue: t('bulkCode.other') });
    const fields = [...new Set(error.violations.map((violation) => fieldOf(object, violation.field.split('.')[0] ?? '')?.label).filter(Boolean))];
    return fields.length > 0 ? `${reason} (${fields.join(t('listComma'))})` : reason;
  };
  const save = () => {
    const rows = errors.map((error) => [title(error.id) ?? error.id, why(error), new URL(`app/record/${object.name}/${error.id}`, root).href]);
    saveText(`${object.label}-${label}-${today()}.csv`, csv([[object.label, t('bulkWhy'), t('bulkAddress')], ...rows]), 'text/csv');
  };
  return (
    <div className="bulk-refusals">
      <ul>{errors.slice(0, SHOWN).map((error) => <li key={error.id}><b>{title(error.id) ?? error.id.slice(0, 8)}</b> <span className="muted">{why(error)}</span></li>)}</ul>
      <Button size="small" icon={<DownloadOutlined />} onClick={save}>{t('bulkFile', { count: errors.length })}</Button>
    </div>
  );
}
