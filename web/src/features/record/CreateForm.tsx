// The form for a new record of any object: what its shortest whole layout holds, more on request.
import { Button } from 'antd';
import { lazy, Suspense, useId, useMemo, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { formLayout, pageLayout } from '@/meta/definitions.ts';
import type { Values } from '@/meta/draft.ts';
import type { ObjectDef, RecordView } from '@/shared/api/types.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { Summary } from './EditBar.tsx';
import { NewFields, type Part, writable } from './NewFields.tsx';
import { useCreate } from './useCreate.ts';
import './record.css';

const DuplicateHint = lazy(() => import('@/features/merges/DuplicateHint.tsx'));

interface Props { object: ObjectDef; given?: Values; titles?: Record<string, string>; onDone: (made: RecordView) => void; onCancel: () => void }

const NOTHING: Values = {};

export function CreateForm({ object, given = NOTHING, titles = {}, onDone, onCancel }: Props) {
  const { t } = useTranslation('record');
  const form = useCreate(object, given);
  const prefix = useId();
  const [full, setFull] = useState(false);
  const brief = useMemo(() => formLayout(object), [object]);
  const whole = useMemo(() => pageLayout(object), [object]);
  const sections = useMemo(() => writable(object, full ? whole.sections : brief.sections, full), [object, full, whole, brief]);
  const expandable = useMemo(() => count(writable(object, whole.sections, true)) > count(writable(object, brief.sections, false)), [object, whole, brief]);
  const submit = async (event?: FormEvent) => {
    event?.preventDefault();
    const made = await form.submit();
    if (made) onDone(made);
    else setTimeout(() => document.getElementById(`${prefix}-problems`)?.scrollIntoView({ block: 'start' }), 50);
  };
  const press = (event: React.KeyboardEvent) => {
    if (event.key !== 'Enter' && event.key !== 's') return;
    if (!(event.ctrlKey || event.metaKey)) {
      // Enter chooses a day or an option there; it must not send the form as well.
      if (event.key === 'Enter' && event.target instanceof Element && event.target.closest('.ant-picker, .ant-select')) event.preventDefault();
      return;
    }
    event.preventDefault();
    void submit();
  };
  return (
    <form className="create-form" onSubmit={(event) => void submit(event)} onKeyDown={press} noValidate>
      {form.restored && (
        <p className="create-draft">{t('create.draft')}<Button size="small" type="link" onClick={form.clear}>{t('create.discardDraft')}</Button></p>
      )}
      <div id={`${prefix}-problems`}>
        {form.failure ? <div className="unsaved"><Failure error={form.failure} onRetry={() => void submit()} /></div> : null}
        {form.violations.length > 0 && <Summary violations={form.violations} object={object} onGo={(name) => document.getElementById(`${prefix}-${name}`)?.focus()} />}
      </div>
      {object.duplicates && Object.keys(form.values).length > 0 && <Suspense fallback={null}><DuplicateHint object={object} values={form.values} /></Suspense>}
      <NewFields
        parts={sections} prefix={prefix} given={given} titles={titles} values={form.values} judged={form.judged} violations={form.violations} onPut={form.put}
      />
      {expandable && <Button type="link" onClick={() => setFull(!full)}>{full ? t('create.fewer') : t('create.optional')}</Button>}
      <div className="create-foot">
        <Button onClick={onCancel}>{t('common:cancel')}</Button>
        <Button type="primary" htmlType="submit" loading={form.busy}>{t('create.submit')}</Button>
      </div>
    </form>
  );
}

const count = (parts: Part[]) => parts.reduce((sum, part) => sum + part.fields.length, 0);
