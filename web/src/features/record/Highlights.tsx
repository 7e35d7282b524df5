// The few facts by which a record is judged at a glance.
import { fieldOf } from '@/meta/definitions.ts';
import { daysFromToday } from '@/meta/fields/moment.ts';
import { isEmpty, Show } from '@/meta/fields/Show.tsx';
import type { Field, Json, ObjectDef, RecordView } from '@/shared/api/types.ts';
import { useTranslation } from 'react-i18next';

export function Highlights({ object, names, record }: { object: ObjectDef; names: string[]; record: RecordView }) {
  const fields = names.map((name) => fieldOf(object, name)).filter((field): field is Field => !!field);
  if (fields.length === 0) return null;
  return (
    <dl className="highlights">
      {fields.map((field) => (
        <div key={field.name}>
          <dt>{field.label}</dt>
          <dd className={field.type === 'money' ? 'highlight-figure' : undefined}>
            <Show field={field} value={record.values[field.name]} record={record} brief />
            <Distance field={field} value={record.values[field.name]} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** How far a date is, in words, as that is what one asks about it. */
function Distance({ field, value }: { field: Field; value: Json | undefined }) {
  const { t } = useTranslation();
  if ((field.type !== 'date' && field.type !== 'date_time') || isEmpty(value)) return null;
  const days = daysFromToday(String(value));
  const words = days === 0 ? t('date.today') : days < 0 ? t('date.daysAgo', { count: -days }) : t('date.inDays', { count: days });
  return <small className="highlight-distance">{words}</small>;
}
