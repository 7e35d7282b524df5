// One change for many records: what it reaches first, then jobs with their progress and a result.
import { Button, Checkbox, Input, Modal, Select } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import Editor from '@/meta/fields/edit/Editor.tsx';
import { kindOf } from '@/meta/fields/kinds.ts';
import type { Json, ObjectDef } from '@/shared/api/types.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { BulkRunning } from './BulkRunning.tsx';
import { MOST } from './bulk.ts';
import { useBulkWork } from './useBulkWork.ts';
import type { ListQuery } from './useList.ts';
import type { Selection } from './useSelection.ts';

interface Props { object: ObjectDef; query: ListQuery; selection: Selection; field?: string; onClose: (done: boolean) => void }

export default function BulkEdit({ object, query, selection, field: preset, onClose }: Props) {
  const { t } = useTranslation('list');
  const id = useId();
  const [name, setName] = useState<string | undefined>(preset);
  const [value, setValue] = useState<Json>(null);
  const [emptied, setEmptied] = useState(false);
  const [reason, setReason] = useState('');
  const work = useBulkWork(`records/${object.name}/bulk-update`, selection, query);
  const fields = object.fields.filter((field) => field.access === 'write' && kindOf(field).editor !== null && !field.unique);
  const field = fields.find((field) => field.name === name);
  const set = field ? { [field.name]: emptied ? null : value } : null;
  const ready = !!set && (emptied || value !== null);
  const title = t(preset ? 'bulkAssign' : 'bulkEdit');

  const ask = (preview: boolean) => work.ask({ set, reason: reason.trim() || undefined }, preview);
  const { reach, jobs, busy, problem, change } = work;

  return (
    <Modal open title={title} footer={null} onCancel={() => onClose(jobs !== null)} width={520}>
      {jobs ? <BulkRunning object={object} jobs={jobs} label={field?.label ?? ''} texts={{ running: 'bulkRunning', done: 'bulkDone' }} onClose={() => onClose(true)} /> : (
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
