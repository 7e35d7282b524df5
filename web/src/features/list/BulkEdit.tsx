// One change for many records: what it reaches first, then jobs with their progress and a result.
import { DownloadOutlined } from '@ant-design/icons';
import { useQueries } from '@tanstack/react-query';
import { Button, Checkbox, Input, Modal, Progress, Select } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { saveText } from '@/features/admin/saveText.ts';
import { fieldOf } from '@/meta/definitions.ts';
import Editor from '@/meta/fields/edit/Editor.tsx';
import { kindOf } from '@/meta/fields/kinds.ts';
import { today } from '@/meta/fields/moment.ts';
import { useTitles } from '@/meta/useTitles.ts';
import { call, root } from '@/shared/api/http.ts';
import type { Job, Json, ObjectDef } from '@/shared/api/types.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { csv, MOST, type Refused, scopes, tally } from './bulk.ts';
import type { ListQuery } from './useList.ts';
import type { Selection } from './useSelection.ts';

interface Props { object: ObjectDef; query: ListQuery; selection: Selection; field?: string; onClose: (done: boolean) => void }
interface Reach { rows: number; not_writable: number }

export default function BulkEdit({ object, query, selection, field: preset, onClose }: Props) {
  const { t } = useTranslation('list');
  const id = useId();
  const [name, setName] = useState<string | undefined>(preset);
  const [value, setValue] = useState<Json>(null);
  const [emptied, setEmptied] = useState(false);
  const [reason, setReason] = useState('');
  const [reach, setReach] = useState<Reach | null>(null);
  const [jobs, setJobs] = useState<string[] | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const fields = object.fields.filter((field) => field.access === 'write' && kindOf(field).editor !== null && !field.unique);
  const field = fields.find((field) => field.name === name);
  const set = field ? { [field.name]: emptied ? null : value } : null;
  const ready = !!set && (emptied || value !== null);
  const title = t(preset ? 'bulkAssign' : 'bulkEdit');

  const ask = async (preview: boolean) => {
    setProblem(null);
    setBusy(true);
    const sum: Reach = { rows: 0, not_writable: 0 };
    const started: string[] = [];
    try {
      for (const scope of scopes(selection, query)) {
        // One after the other: each is a job of its own, and the server bounds how many run.
        // oxlint-disable-next-line no-await-in-loop
        const answer = await call<Reach & { job?: string }>(`records/${object.name}/bulk-update`, { method: 'POST', body: { ...scope, set, reason: reason.trim() || undefined, preview } });
        sum.rows += answer.rows;
        sum.not_writable += answer.not_writable;
        if (answer.job) started.push(answer.job);
      }
      if (preview) setReach(sum);
    } catch (error) {
      setProblem(error);
    }
    if (started.length > 0) setJobs(started);
    setBusy(false);
  };
  const change = () => setReach(null);

  return (
    <Modal open title={title} footer={null} onCancel={() => onClose(jobs !== null)} width={520}>
      {jobs ? <Running object={object} jobs={jobs} label={field?.label ?? ''} onClose={() => onClose(true)} /> : (
        <div className="bulk-form">
          {!selection.whole && selection.size > MOST && <p className="bulk-reach">{t('bulkMost', { count: MOST })}</p>}
          {!preset && (
            <>
              <label htmlFor={`${id}-field`}>{t('bulkField')}</label>
              <Select
                id={`${id}-field`} value={name} showSearch={{ optionFilterProp: 'label' }} options={fields.map((field) => ({ value: field.name, label: field.label }))}
                onChange={(next: string) => { setName(next); setValue(null); setEmptied(false); change(); }}
              />
            </>
          )}
          {field && (
            <>
              <label htmlFor={`${id}-value`}>{preset ? field.label : t('bulkValue')}</label>
              {!emptied && <Editor key={field.name} field={field} value={value} id={`${id}-value`} onChange={(next) => { setValue(next); change(); }} />}
              {!field.required && !preset && <Checkbox checked={emptied} onChange={(event) => { setEmptied(event.target.checked); change(); }}>{t('bulkEmpty')}</Checkbox>}
              <label htmlFor={`${id}-reason`}>{t('bulkReason')}</label>
              <Input id={`${id}-reason`} value={reason} maxLength={200} onChange={(event) => setReason(event.target.value)} />
            </>
          )}
          {problem !== null && <Failure error={problem} />}
          {reach && (
            <p className="bulk-reach"><b>{t('bulkPreview', { rows: reach.rows })}</b>{reach.not_writable > 0 && <span> {t('bulkDenied', { count: reach.not_writable })}</span>}</p>
          )}
          <div className="bulk-foot">
            <Button onClick={() => onClose(false)}>{t('common:cancel')}</Button>
            {reach ? <Button type="primary" loading={busy} disabled={reach.rows === 0} onClick={() => void ask(false)}>{t('bulkStart')}</Button>
              : <Button type="primary" loading={busy} disabled={!ready} onClick={() => void ask(true)}>{t('common:confirm')}</Button>}
          </div>
        </div>
      )}
    </Modal>
  );
}

const ENDED = ['done', 'dead', 'cancelled'];

function Running({ object, jobs, label, onClose }: { object: ObjectDef; jobs: string[]; label: string; onClose: () => void }) {
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
      {!sum.ended ? <p>{t('bulkRunning', { done: sum.done, total: sum.total || '…' })}</p>
        : <p>{t('bulkDone', { changed: sum.changed, refused: sum.refused })}{sum.failed && <span className="field-problem"> {t('bulkFailed')}</span>}</p>}
      <Progress aria-label={t('bulkEdit')} percent={percent} status={sum.failed ? 'exception' : sum.ended ? 'success' : 'active'} />
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
