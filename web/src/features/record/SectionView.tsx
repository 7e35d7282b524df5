// A section of a page: its fields, its numbers, then the lists of what refers to the record.
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldOf } from '@/meta/definitions.ts';
import type { Field, ObjectDef, PageSection, RecordView } from '@/shared/api/types.ts';
import { FieldLine } from './FieldLine.tsx';
import { MeasureCard } from './MeasureCard.tsx';
import { RelatedList } from './RelatedList.tsx';
import { Timeline } from './Timeline.tsx';
import type { Editor } from './useEditor.ts';

const GraphPanel = lazy(() => import('@/graph/GraphPanel.tsx'));

const Trend = lazy(() => import('./insight/Trend.tsx'));

interface Props {
  object: ObjectDef;
  record: RecordView;
  title: string;
  section: PageSection;
  editor: Editor;
  idPrefix: string;
}

export function SectionView({ object, record, title, section, editor, idPrefix }: Props) {
  const { t } = useTranslation('record');
  const fields = section.fields.map((name) => fieldOf(object, name)).filter((field): field is Field => !!field && field.type !== 'child_table');
  const measures = section.measures.filter((measure) => !measure.groups || measure.groups.length > 0);
  const nothing = fields.length + section.lists.length + measures.length === 0 && !section.timeline && !section.graph && !section.trend;
  return (
    <div className="section">
      {fields.length > 0 && (
        <div className="fields panel">
          {fields.map((field) => <FieldLine key={field.name} field={field} record={record} editor={editor} idPrefix={idPrefix} />)}
        </div>
      )}
      {section.trend && <Suspense fallback={null}><Trend subject={{ object: object.name, id: record.id }} trend={section.trend} /></Suspense>}
      {measures.length > 0 && (
        <div className="measures">{measures.map((measure) => <MeasureCard key={measure.name} measure={measure} />)}</div>
      )}
      {section.timeline && <Timeline record={record} title={title} first={section.timeline} />}
      {section.graph && <Suspense fallback={<div className="panel graph-place" />}><GraphPanel object={object.name} id={record.id} near={section.graph} /></Suspense>}
      {section.lists.map((list) => <RelatedList key={`${list.from} ${list.label}`} list={list} record={record} title={title} />)}
      {nothing && <p className="muted section-none">{t('noFields')}</p>}
    </div>
  );
}
