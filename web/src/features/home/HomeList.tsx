// One list of the workbench: how many, the first few, and the way to all.
import { RightOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { fieldOf, useObjects } from '@/meta/definitions.ts';
import { daysFromToday } from '@/meta/fields/moment.ts';
import { isEmpty, Show } from '@/meta/fields/Show.tsx';
import { call } from '@/shared/api/http.ts';
import type { Field, ObjectDef, Page, RecordView, View } from '@/shared/api/types.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { ObjectIcon } from '@/shared/ui/icons.tsx';
import { Waiting } from '@/shared/ui/Waiting.tsx';

const ROWS = 5;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** What a list of the workbench asks. */
export const homeQuery = (object: ObjectDef, view: View) => ({
  queryKey: ['records', object.name, 'home', view.name],
  queryFn: ({ signal }: { signal: AbortSignal }) => call<Page>(`views/${view.name}`, { query: { limit: ROWS, expand: true, count: 'capped' }, signal }),
  staleTime: 60_000,
});

export function HomeList({ object, view }: { object: ObjectDef; view: View }) {
  const { t } = useTranslation('home');
  const icon = useObjects()?.objects.find((entry) => entry.name === object.name)?.icon;
  const rows = useQuery(homeQuery(object, view));
  const records = rows.data?.records ?? [];
  const count = rows.data?.count;
  return (
    <section className="home-list panel">
      <header>
        <span className="home-icon" aria-hidden="true"><ObjectIcon name={icon} /></span>
        <h2>{view.label}</h2>
        {count && count.rows > 0 && <span className="count">{count.rows}{count.more ? '+' : ''}</span>}
        <Link to="/app/list/$object" params={{ object: object.name }} search={{ view: view.name }} aria-label={`${t('all')} ${view.label}`}>{t('all')} <RightOutlined /></Link>
      </header>
      {rows.isPending && <Waiting rows={3} className="related-wait" />}
      {rows.error && <div className="home-failure"><Failure error={rows.error} onRetry={() => void rows.refetch()} /></div>}
      <ul>{records.map((record) => <Item key={record.id} object={object} view={view} record={record} />)}</ul>
    </section>
  );
}

/** The title leads, a date stands at the end with its urgency, the rest between. */
function Item({ object, view, record }: { object: ObjectDef; view: View; record: RecordView }) {
  const known = view.columns.map((column) => fieldOf(object, column)).filter((field): field is Field => !!field && !isEmpty(record.values[field.name]));
  const first = view.columns.includes(object.title) ? fieldOf(object, object.title) : known.find((field) => field.type === 'reference' || field.type === 'text') ?? known[0];
  const day = known.find((field) => (field.type === 'date' || (field.type === 'formula' && DAY.test(String(record.values[field.name])))) && field !== first);
  const rest = known.filter((field) => field !== first && field !== day).slice(0, 3);
  const title = first ?? fieldOf(object, object.title);
  return (
    <li>
      <Link to="/app/record/$object/$id" params={{ object: record.object, id: record.id }} className="home-item">
        <b>{title && <Show field={title} value={record.values[title.name]} record={record} plain />}</b>
        <span className="home-facts">{rest.map((field) => <span key={field.name} title={field.label}><Show field={field} value={record.values[field.name]} record={record} plain brief /></span>)}</span>
        {day && <Due value={String(record.values[day.name])} label={day.label} />}
      </Link>
    </li>
  );
}

function Due({ value, label }: { value: string; label: string }) {
  const { t } = useTranslation();
  const days = daysFromToday(value);
  const words = days === 0 ? t('date.today') : days < 0 ? t('date.daysAgo', { count: -days }) : t('date.inDays', { count: days });
  return <span className={`due${days < 0 ? ' due-late' : days === 0 ? ' due-today' : ''}`} title={`${label} ${value}`}>{words}</span>;
}
