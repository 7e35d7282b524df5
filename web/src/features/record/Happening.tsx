// One entry of a timeline: a record that came to be, or a change of this one.
import { EditOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { fieldOf, useObject } from '@/meta/definitions.ts';
import { instantText } from '@/meta/fields/moment.ts';
import { isEmpty, Show } from '@/meta/fields/Show.tsx';
import type { Field, FieldChange, Json, ObjectDef, RecordView, TimelineEntry } from '@/shared/api/types.ts';
import { ObjectIcon } from '@/shared/ui/icons.tsx';

export function Happening({ entry, icon }: { entry: TimelineEntry; icon?: string | null }) {
  const { data: object } = useObject(entry.object);
  return (
    <li className="happening">
      <span className="happening-icon" aria-hidden="true">{entry.change ? <EditOutlined /> : <ObjectIcon name={icon} />}</span>
      <div>
        <p className="happening-head">
          {entry.change ? <Change change={entry.change} object={object} /> : (
            <Link to="/app/record/$object/$id" params={{ object: entry.object, id: entry.id }} preload={false}>{entry.title || object?.label || entry.id.slice(0, 8)}</Link>
          )}
          <time className="muted tabular" dateTime={entry.at}>{entry.on ?? instantText(entry.at)}</time>
        </p>
        {object && entry.record?.values && <Facts object={object} entry={entry} />}
      </div>
    </li>
  );
}

function Facts({ object, entry }: { object: ObjectDef; entry: TimelineEntry }) {
  const record: RecordView = { object: entry.object, id: entry.id, version: 0, values: entry.record?.values ?? {}, masked: entry.record?.masked ?? [], titles: entry.record?.titles };
  const fields = Object.keys(record.values).map((name) => fieldOf(object, name)).filter((field): field is Field => !!field && field.name !== object.title && !isEmpty(record.values[field.name]));
  if (fields.length === 0) return null;
  return (
    <dl className="happening-facts">
      {fields.map((field) => <div key={field.name}><dt>{field.label}</dt><dd><Show field={field} value={record.values[field.name]} record={record} plain /></dd></div>)}
    </dl>
  );
}

function Change({ change, object }: { change: NonNullable<TimelineEntry['change']>; object?: ObjectDef }) {
  const { t } = useTranslation('record');
  const known = ['create', 'update', 'delete', 'restore'].includes(change.action) ? change.action : 'update';
  const fields = change.fields ?? [];
  return (
    <span className="happening-change">
      <b>{change.by_title ?? t('historyView.system')}</b> {t(fields.length === 0 ? `timeline.${known}` : 'timeline.changed')}{fields.length > 0 && ' '}
      {fields.map((one) => <OneChange key={one.field} one={one} field={object && fieldOf(object, one.field)} />)}
    </span>
  );
}

function OneChange({ one, field }: { one: FieldChange; field?: Field }) {
  const sealed = (value: Json | undefined) => !!value && typeof value === 'object' && !Array.isArray(value) && 'digest' in value;
  const told = field && !sealed(one.from) && !sealed(one.to) && ('from' in one || 'to' in one);
  return (
    <span className="happening-field">
      {field?.label ?? one.field}
      {told && <> <Show field={field} value={one.from} plain /> → <Show field={field} value={one.to} plain /></>}
    </span>
  );
}
