// A section of a layout: its fields, then the lists of what refers to the record.
import { useTranslation } from 'react-i18next';
import { fieldOf } from '@/meta/definitions.ts';
import { isEmpty } from '@/meta/fields/Show.tsx';
import type { Field, ObjectDef, RecordView, Section } from '@/shared/api/types.ts';
import { FieldLine } from './FieldLine.tsx';
import { RelatedList } from './RelatedList.tsx';
import type { Editor } from './useEditor.ts';

interface Props { object: ObjectDef; record: RecordView; section: Section; editor: Editor; idPrefix: string; showEmpty: boolean }

export function SectionView({ object, record, section, editor, idPrefix, showEmpty }: Props) {
  const { t } = useTranslation('record');
  const all = section.fields.map((name) => fieldOf(object, name)).filter((field): field is Field => !!field && field.type !== 'child_table');
  const tables = section.fields.map((name) => fieldOf(object, name)).filter((field): field is Field => field?.type === 'child_table');
  const kept = (field: Field) => showEmpty || editor.whole || editor.only === field.name || !isEmpty(record.values[field.name]);
  const fields = all.filter(kept);
  const related = [...section.related, ...tables.map((field) => `${field.object}.${field.by}`)];
  return (
    <div className="section">
      {fields.length > 0 && (
        <div className="fields panel">
          {fields.map((field) => <FieldLine key={field.name} field={field} record={record} editor={editor} idPrefix={idPrefix} />)}
        </div>
      )}
      {related.map((path) => <RelatedList key={path} path={path} record={record} title={String(record.values[object.title] ?? '')} />)}
      {fields.length === 0 && related.length === 0 && <p className="muted section-none">{t('noFields')}</p>}
    </div>
  );
}
