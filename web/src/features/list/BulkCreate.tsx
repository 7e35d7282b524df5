// One new record about each of many, such as a task for whom a customer belongs to.
import { Button, Checkbox, Modal, Select, Skeleton } from 'antd';
import { useId, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isRequired, NewFields, writable } from '@/features/record/NewFields.tsx';
import { fieldOf, formLayout, useObject } from '@/meta/definitions.ts';
import type { Values } from '@/meta/draft.ts';
import { useJudgement } from '@/meta/expr/useJudgement.ts';
import { isEmpty } from '@/meta/fields/Show.tsx';
import { isProblem } from '@/shared/api/problem.ts';
import type { ObjectDef } from '@/shared/api/types.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { useStored } from '@/shared/ui/stored.ts';
import { BulkRunning } from './BulkRunning.tsx';
import { MOST } from './bulk.ts';
import { useBulkWork } from './useBulkWork.ts';
import type { ListQuery } from './useList.ts';
import type { Selection } from './useSelection.ts';

interface Props { object: ObjectDef; query: ListQuery; selection: Selection; onClose: (done: boolean) => void }
type About = NonNullable<ObjectDef['about']>[number];

const OWNER = 'owner';
const keyOf = (about: About) => `${about.object}.${about.by}`;

export default function BulkCreate({ object, query, selection, onClose }: Props) {
  const { t } = useTranslation('list');
  const id = useId();
  const all = object.about ?? [];
  const [last, setLast] = useStored(`bulk.create.${object.name}`, '');
  const chosen = all.find((about) => keyOf(about) === last);
  const [jobs, setJobs] = useState<string[] | null>(null);
  return (
    <Modal open title={t('bulkCreate')} footer={null} onCancel={() => onClose(jobs !== null)} width={680}>
      {jobs ? <BulkRunning object={object} jobs={jobs} label={chosen?.label ?? ''} texts={{ running: 'bulkMaking', done: 'bulkMade' }} onClose={() => onClose(true)} /> : (
        <div className="bulk-form">
          {!selection.whole && selection.size > MOST && <p className="bulk-reach">{t('bulkMost', { count: MOST })}</p>}
          <label htmlFor={`${id}-what`}>{t('bulkWhat')}</label>
          <Select
            id={`${id}-what`} value={chosen && keyOf(chosen)} showSearch={{ optionFilterProp: 'label' }} placeholder={t('bulkWhatHint')}
            options={all.map((about) => ({ value: keyOf(about), label: about.label }))} onChange={setLast}
          />
          {chosen ? <Making key={keyOf(chosen)} about={chosen} object={object} query={query} selection={selection} onCancel={() => onClose(false)} onStarted={setJobs} />
            : <div className="bulk-foot"><Button onClick={() => onClose(false)}>{t('common:cancel')}</Button></div>}
        </div>
      )}
    </Modal>
  );
}

interface MakingProps { about: About; object: ObjectDef; query: ListQuery; selection: Selection; onCancel: () => void; onStarted: (jobs: string[]) => void }

function Making({ about, object, query, selection, onCancel, onStarted }: MakingProps) {
  const found = useObject(about.object);
  if (found.error) return <Failure error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return <Skeleton active paragraph={{ rows: 4 }} />;
  return <Form made={found.data} about={about} object={object} query={query} selection={selection} onCancel={onCancel} onStarted={onStarted} />;
}

function Form({ made, about, object, query, selection, onCancel, onStarted }: MakingProps & { made: ObjectDef }) {
  const { t } = useTranslation('list');
  const prefix = useId();
  const [values, setValues] = useState<Values>({});
  const [forOwner, setForOwner] = useState(true);
  const work = useBulkWork(`records/${object.name}/bulk-create`, selection, query);
  const judged = useJudgement({ object: made, stored: null, masked: [], typed: values, open: true });
  const parts = useMemo(() => {
    const sections = writable(made, formLayout(made).sections, false);
    return sections.map((part) => ({ ...part, fields: part.fields.filter((field) => field.name !== about.by) })).filter((part) => part.fields.length > 0);
  }, [made, about.by]);
  const owned = fieldOf(made, OWNER)?.access === 'write' && fieldOf(object, OWNER) !== undefined;
  const fields = parts.flatMap((part) => part.fields);
  const ready = fields.every((field) => !isRequired(field, judged.required) || !isEmpty(values[field.name]));
  const violations = isProblem(work.problem) ? work.problem.violations : [];
  const ask = async (preview: boolean) => {
    const started = await work.ask({ object: about.object, by: about.by, values, for_owner: owned && forOwner }, preview);
    if (started.length > 0) onStarted(started);
  };
  const put = (field: string, value: Values[string]) => {
    setValues((before) => ({ ...before, [field]: value }));
    work.change();
  };
  return (
    <>
      <NewFields parts={parts} prefix={prefix} given={{}} values={values} judged={judged} violations={violations} onPut={put} />
      {owned && <Checkbox checked={forOwner} onChange={(event) => { setForOwner(event.target.checked); work.change(); }}>{t('bulkForOwner', { label: object.label })}</Checkbox>}
      {work.problem !== null && <Failure error={work.problem} />}
      {work.reach && <p className="bulk-reach"><b>{t('bulkMakes', { rows: work.reach.rows, label: made.label })}</b></p>}
      <div className="bulk-foot">
        <Button onClick={onCancel}>{t('common:cancel')}</Button>
        {work.reach ? <Button type="primary" loading={work.busy} disabled={work.reach.rows === 0} onClick={() => void ask(false)}>{t('bulkMake')}</Button>
          : <Button type="primary" loading={work.busy} disabled={!ready} onClick={() => void ask(true)}>{t('common:confirm')}</Button>}
      </div>
    </>
  );
}
