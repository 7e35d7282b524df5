// The fields of a record that is not there yet, by section: editors, and what follows from them.
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { BASE, fieldOf } from '@/meta/definitions.ts';
import type { Values } from '@/meta/draft.ts';
import type { Judged } from '@/meta/expr/useJudgement.ts';
import { kindOf } from '@/meta/fields/kinds.ts';
import { Show } from '@/meta/fields/Show.tsx';
import type { Violation } from '@/shared/api/problem.ts';
import type { Field, Json, ObjectDef, Section } from '@/shared/api/types.ts';
import './record.css';

const Editor = lazy(() => import('@/meta/fields/edit/Editor.tsx'));

export interface Part { label: string; fields: Field[] }

/** What may be written, and what follows from it, in the layout's order; each field once. */
export function writable(object: ObjectDef, sections: Section[], owners: boolean): Part[] {
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

interface Props {
  parts: Part[];
  prefix: string;
  given: Values;
  titles?: Record<string, string>;
  values: Values;
  judged: Pick<Judged, 'computed' | 'required' | 'defaults'>;
  violations: Violation[];
  onPut: (field: string, value: Json) => void;
}

export function NewFields({ parts, prefix, given, titles = {}, values, judged, violations, onPut }: Props) {
  return parts.map((part) => (
    <fieldset key={part.label} className="create-section panel">
      <legend className={parts.length > 1 ? undefined : 'sr-only'}>{part.label}</legend>
      <div className="fields">
        {part.fields.map((field) => kindOf(field).editor === null ? (
          <Computed key={field.name} field={field} value={judged.computed[field.name]} />
        ) : (
          <NewField
            key={field.name} field={field} id={`${prefix}-${field.name}`} title={titles[field.name]}
            value={field.name in values ? values[field.name] : (given[field.name] ?? preset(field, judged.defaults[field.name]))} onChange={(value) => onPut(field.name, value)}
            required={isRequired(field, judged.required)}
            problems={violations.filter((violation) => violation.field.split('.')[0] === field.name).map((violation) => violation.message)}
          />
        ))}
      </div>
    </fieldset>
  ));
}

/** Whether a field has to be filled in by hand. */
export const isRequired = (field: Field, demanded: ReadonlySet<string>) => (field.required ? !field.default : demanded.has(field.name));

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
