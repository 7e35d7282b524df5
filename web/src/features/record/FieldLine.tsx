// One field of a record: its label, its value, and the ways to change or reveal it.
import { EditOutlined, QuestionCircleOutlined } from '@ant-design/icons';
import { Button, Tooltip } from 'antd';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Show } from '@/meta/fields/Show.tsx';
import { kindOf } from '@/meta/fields/kinds.ts';
import type { Field, RecordView } from '@/shared/api/types.ts';
import { Reveal } from './Reveal.tsx';
import type { Editor as Editing } from './useEditor.ts';

const Editor = lazy(() => import('@/meta/fields/edit/Editor.tsx'));

interface Props { field: Field; record: RecordView; editor: Editing; idPrefix: string }

export const fieldId = (prefix: string, name: string) => `${prefix}-${name}`;

export function FieldLine({ field, record, editor, idPrefix }: Props) {
  const { t } = useTranslation('field');
  const writable = (record.access?.write.includes(field.name) ?? false) && kindOf(field).editor !== null;
  const revealable = record.masked.includes(field.name) && (record.access?.reveal.includes(field.name) ?? false);
  const editing = writable && (editor.whole || editor.only === field.name);
  const problems = editor.violations.filter((violation) => violation.field.split('.')[0] === field.name);
  const id = fieldId(idPrefix, field.name);
  const live = editor.dirty > 0 && field.name in editor.computed;
  return (
    <div className={`field-line${kindOf(field).wide ? ' field-wide' : ''}${editing ? ' field-editing' : ''}`}>
      <div className="field-label">
        {editing ? <label htmlFor={id}>{field.label}{(field.required || editor.required.has(field.name)) && <i className="field-required" title={t('common:required')}>*</i>}</label> : <span>{field.label}</span>}
        {field.help && <Tooltip title={field.help}><QuestionCircleOutlined className="field-help" aria-label={field.help} /></Tooltip>}
      </div>
      {editing ? (
        <div className="field-value">
          <FieldEditor field={field} record={record} editor={editor} id={id} invalid={problems.length > 0} />
          {problems.map((problem) => <p className="field-problem" role="alert" key={problem.code}>{problem.message}</p>)}
          {editor.only === field.name && (
            <div className="field-actions">
              <Button size="small" type="primary" loading={editor.busy} onClick={() => void editor.save()}>{t('common:save')}</Button>
              <Button size="small" onClick={editor.cancel}>{t('common:cancel')}</Button>
            </div>
          )}
        </div>
      ) : (
        <div className="field-value">
          {revealable ? <Reveal field={field} record={record} /> : <Show field={field} value={live ? editor.computed[field.name] : record.values[field.name]} record={record} />}
          {live && <small className="field-live">{t('live')}</small>}
          {writable && (
            <button type="button" className="field-edit" aria-label={t('editOne', { label: field.label })} onClick={() => editor.begin(field.name)}><EditOutlined /></button>
          )}
        </div>
      )}
    </div>
  );
}

function FieldEditor({ field, record, editor, id, invalid }: { field: Field; record: RecordView; editor: Editing; id: string; invalid: boolean }) {
  const masked = record.masked.includes(field.name);
  const stored = record.values[field.name];
  const value = field.name in editor.draft ? editor.draft[field.name] : masked ? null : stored;
  const title = value === stored ? record.titles?.[field.name] : undefined;
  const press = (event: React.KeyboardEvent) => {
    if (event.key === 'Escape' && editor.only) editor.cancel();
    const enter = event.key === 'Enter' && (event.ctrlKey || event.metaKey || (editor.only && event.target instanceof HTMLInputElement && event.target.type === 'text' && !event.target.closest('.ant-select, .ant-picker')));
    if (enter && !event.nativeEvent.isComposing) {
      event.preventDefault();
      void editor.save();
    }
  };
  return (
    <div onKeyDown={press} role="presentation">
      <Suspense fallback={<span className="editor-waiting" />}>
        <Editor
          field={field} value={value} id={id} invalid={invalid} autoFocus={editor.only === field.name}
          masked={masked ? String(stored) : undefined} title={typeof title === 'string' ? title : undefined}
          onChange={(next) => editor.put(field.name, next)}
        />
      </Suspense>
    </div>
  );
}
