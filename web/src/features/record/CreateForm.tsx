// The form for a new record of any object: what its shortest whole layout holds, more on request.
import { Button } from 'antd';
import { lazy, Suspense, useId, useMemo, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { BASE, fieldOf, formLayout, pageLayout } from '@/meta/definitions.ts';
import type { Values } from '@/meta/draft.ts';
import { kindOf } from '@/meta/fields/kinds.ts';
import { Show } from '@/meta/fields/Show.tsx';
import type { Field, Json, ObjectDef, RecordView, Section } from '@/shared/api/types.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { Summary } from './EditBar.tsx';
import { useCreate } from './useCreate.ts';
import './record.css';

const Editor = lazy(() => import('@/meta/fields/edit/Editor.tsx'));

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
      {sections.map((section) => (
        <fieldset key={section.label} className="create-section panel">
          <legend className={sections.length > 1 ? undefined : 'sr-only'}>{section.label}</legend>
          <div className="fields">
            {section.fields.map((field) => kindOf(field).editor === null ? (
              <Computed key={field.name} field={field} value={form.judged.computed[field.name]} />
            ) : (
              <NewField
                key={field.name} field={field} id={`${prefix}-${field.name}`} title={titles[field.name]}
                value={field.name in form.values ? form.values[field.name] : (given[field.name] ?? preset(field, form.judged.defaults[field.name]))} onChange={(value) => form.put(field.name, value)}
                required={field.required ? !field.default : form.judged.required.has(field.name)}
                problems={form.violations.filter((violation) => violation.field.split('.')[0] === field.name).map((violation) => violation.message)}
              />
            ))}
          </div>
        </fieldset>
      ))}
      {expandable && <Button type="link" onClick={() => setFull(!full)}>{full ? t('create.fewer') : t('create.optional')}</Button>}
      <div className="create-foot">
        <Button onClick={onCancel}>{t('common:cancel')}</Button>
        <Button type="primary" htmlType="submit" loading={form.busy}>{t('create.submit')}</Button>
      </div>
    </form>
  );
}

interface Part { label: string; fields: Field[] }

const count = (parts: Part[]) => parts.reduce((sum, part) => sum + part.fields.length, 0);

/** What may be written, and what follows from it, in the layout's order; each field once. */
function writable(object: ObjectDef, sections: Section[], owners: boolean): Part[] {
  const seen = new Set<string>();
  const parts = sections.map((section) => ({
    label: section.label,
    fields: section.fields
      .map((name) => fieldOf(object, name))
      .filter((field): field is Field => {
        if (!field || seen.has(field.name)) return false;
        const writes = field.access === 'write' && kindOf(field).editor !== null;
        if (!writes && !object.form?.formulas[field.name]) return false;
        if (BASE.has(field.name) && !owners) return false;
        seen.add(field.name);
        return true;
      }),
  }));
  return parts.filter((part) => part.fields.length > 0);
}

/** A default as its editor holds it; the server fills in what stands for a record. */
function preset(field: Field, value: Json | undefined): Json | undefined {
  return kindOf(field).editor === 'reference' ? undefined : value;
}

/** A formula as it comes out so far. */
function Computed({ field, value }: { field: Field; value: Json | undefined }) {
  const { t } = useTranslation('record');
  return (
    <div className={`field-line${kindOf(field).wide ? ' field-wide' : ''}`}>
      <div className="field-label"><span>{field.label}</span></div>
      <div className="field-value">{value === undefined ? <span className="muted">{t('create.later')}</span> : <Show field={field} value={value} />}</div>
    </div>
  );
}

interface NewFieldProps { field: Field; id: string; value: Json | undefined; title?: string; required: boolean; problems: string[]; onChange: (value: Json) => void }

function NewField({ field, id, value, title, required, problems, onChange }: NewFieldProps) {
  const { t } = useTranslation();
  const hint = field.help ?? (field.default && value === undefined && field.type !== 'boolean' ? t('automatic') : undefined);
  return (
    <div className={`field-line field-editing${kindOf(field).wide ? ' field-wide' : ''}`}>
      <div className="field-label">
        <label htmlFor={id}>{field.label}{required && <i className="field-required" title={t('required')}>*</i>}</label>
      </div>
      <div className="field-value">
        <Suspense fallback={<span className="editor-waiting" />}>
          <Editor field={field} value={value} id={id} title={title} invalid={problems.length > 0} onChange={onChange} />
        </Suspense>
        {problems.map((problem) => <p className="field-problem" key={problem}>{problem}</p>)}
        {problems.length === 0 && hint && <p className="field-hint">{hint}</p>}
      </div>
    </div>
  );
}
