// One change for many records: what it reaches first, then a job with its progress.
import { useQuery } from '@tanstack/react-query';
import { Button, Checkbox, Input, Modal, Progress, Select } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import Editor from '@/meta/fields/edit/Editor.tsx';
import { kindOf } from '@/meta/fields/kinds.ts';
import { both, quote } from '@/meta/filter/conditions.ts';
import { call } from '@/shared/api/http.ts';
import type { Job, Json, ObjectDef } from '@/shared/api/types.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import type { ListQuery } from './useList.ts';
import type { Selection } from './useSelection.ts';

interface Props { object: ObjectDef; query: ListQuery; selection: Selection; onClose: (done: boolean) => void }
interface Reach { rows: number; not_writable: number }

const MANY = 200;

export default function BulkEdit({ object, query, selection, onClose }: Props) {
  const { t } = useTranslation('list');
  const id = useId();
  const [name, setName] = useState<string>();
  const [value, setValue] = useState<Json>(null);
  const [emptied, setEmptied] = useState(false);
  const [reason, setReason] = useState('');
  const [reach, setReach] = useState<Reach | null>(null);
  const [job, setJob] = useState<string | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const fields = object.fields.filter((field) => field.access === 'write' && kindOf(field).editor !== null && !field.unique);
  const field = fields.find((field) => field.name === name);
  const chosen = [...selection.ids].slice(0, MANY);
  const scope = selection.whole
    ? { filter: query.filter, search: query.search }
    : { filter: both(`id in [${chosen.map(quote).join(', ')}]`) };
  const body = field ? { ...scope, set: { [field.name]: emptied ? null : value }, reason: reason.trim() || undefined } : null;
  const ready = !!body && (emptied || value !== null);

  const ask = async (preview: boolean) => {
    if (!body) return;
    setProblem(null);
    try {
      const answer = await call<Reach & { job?: string }>(`records/${object.name}/bulk-update`, { method: 'POST', body: { ...body, preview } });
      if (preview) setReach(answer);
      else setJob(answer.job ?? null);
    } catch (error) {
      setProblem(error);
    }
  };
  const change = () => setReach(null);

  return (
    <Modal open title={t('bulkEdit')} footer={null} onCancel={() => onClose(job !== null)} width={520}>
      {job ? <Running job={job} onClose={() => onClose(true)} /> : (
        <div className="bulk-form">
          <label htmlFor={`${id}-field`}>{t('bulkField')}</label>
          <Select
            id={`${id}-field`} value={name} showSearch={{ optionFilterProp: 'label' }} options={fields.map((field) => ({ value: field.name, label: field.label }))}
            onChange={(next: string) => { setName(next); setValue(null); setEmptied(false); change(); }}
          />
          {field && (
            <>
              <label htmlFor={`${id}-value`}>{t('bulkValue')}</label>
              {!emptied && <Editor key={field.name} field={field} value={value} id={`${id}-value`} onChange={(next) => { setValue(next); change(); }} />}
              {!field.required && <Checkbox checked={emptied} onChange={(event) => { setEmptied(event.target.checked); change(); }}>{t('bulkEmpty')}</Checkbox>}
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
            {reach ? <Button type="primary" onClick={() => void ask(false)}>{t('bulkStart')}</Button>
              : <Button type="primary" disabled={!ready} onClick={() => void ask(true)}>{t('common:confirm')}</Button>}
          </div>
        </div>
      )}
    </Modal>
  );
}

function Running({ job: id, onClose }: { job: string; onClose: () => void }) {
  const { t } = useTranslation('list');
  const found = useQuery({
    queryKey: ['job', id],
    queryFn: ({ signal }) => call<Job>(`jobs/${id}`, { signal }),
    refetchInterval: (query) => (query.state.data && ['done', 'dead', 'cancelled'].includes(query.state.data.state) ? false : 800),
  });
  const job = found.data;
  const percent = job?.total ? Math.floor(((job.done ?? 0) * 100) / job.total) : 0;
  const result = (job?.result ?? {}) as { changed?: number; refused?: number };
  const ended = job?.state === 'done';
  return (
    <div className="bulk-form" role="status">
      {ended ? <p>{t('bulkDone', { changed: result.changed ?? 0, refused: result.refused ?? 0 })}</p>
        : job?.state === 'dead' || job?.state === 'cancelled' ? <p className="field-problem">{t('bulkFailed')}</p>
          : <p>{t('bulkRunning', { done: job?.done ?? 0, total: job?.total ?? '…' })}</p>}
      <Progress percent={ended ? 100 : percent} status={ended ? 'success' : job?.state === 'dead' ? 'exception' : 'active'} />
      <div className="bulk-foot"><Button type="primary" onClick={onClose}>{t('common:close')}</Button></div>
    </div>
  );
}
