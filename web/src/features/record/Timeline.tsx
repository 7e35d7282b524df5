// What happened around a record, newest first: one stream of every kind, with adding at its top.
import { PlusOutlined } from '@ant-design/icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useObject, useObjects } from '@/meta/definitions.ts';
import { call } from '@/shared/api/http.ts';
import type { ObjectDef, ObjectEntry, RecordView, TimelinePage } from '@/shared/api/types.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { Happening } from './Happening.tsx';
import { PeriodChoice } from './PeriodChoice.tsx';
import { ALWAYS, type Period, toggled } from './period.ts';

const CreateDrawer = lazy(() => import('./CreateDrawer.tsx'));

const ROWS = 20;

export function Timeline({ record, title, first }: { record: RecordView; title: string; first: TimelinePage }) {
  const { t } = useTranslation('record');
  const [kinds, setKinds] = useState<readonly string[]>([]);
  const [period, setPeriod] = useState<Period>(ALWAYS);
  const [more, setMore] = useState(false);
  const narrowed = kinds.length > 0 || !!period.from || !!period.until;
  const fetched = narrowed || more;
  const pages = useInfiniteQuery({
    queryKey: ['records', record.object, 'timeline', record.id, kinds, period.from, period.until],
    queryFn: ({ pageParam, signal }) => call<TimelinePage>(`records/${record.object}/${record.id}/timeline`, {
      query: { kinds: kinds.join(',') || undefined, from: period.from, until: period.until, cursor: pageParam, limit: ROWS }, signal,
    }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    enabled: fetched,
    placeholderData: (before) => before,
    retry: false,
  });
  const entries = fetched && pages.data ? pages.data.pages.flatMap((page) => page.entries) : narrowed ? [] : first.entries;
  const further = fetched ? pages.hasNextPage : !!first.next;
  const icons = new Map(first.kinds.map((one) => [one.kind, one.icon]));
  return (
    <section className="timeline panel">
      <header className="timeline-head">
        <div className="timeline-kinds" role="group" aria-label={t('timeline.title')}>
          <button type="button" aria-pressed={kinds.length === 0} onClick={() => setKinds([])}>{t('timeline.all')}</button>
          {first.kinds.map((one) => <button key={one.kind} type="button" aria-pressed={kinds.includes(one.kind)} onClick={() => setKinds(toggled(kinds, one.kind, first.kinds.length))}>{one.label}</button>)}
        </div>
        <PeriodChoice period={period} onChange={setPeriod} />
        <QuickAdd record={record} title={title} kinds={first.kinds} />
      </header>
      {pages.error && fetched && <Failure error={pages.error} onRetry={() => void pages.refetch()} />}
      {entries.length === 0 && !pages.isFetching && !pages.error && <p className="muted timeline-none">{t(narrowed ? 'timeline.noneSuch' : 'timeline.none')}</p>}
      <ol aria-busy={pages.isFetching && narrowed}>{entries.map((entry) => <Happening key={`${entry.id} ${entry.at}`} entry={entry} icon={icons.get(entry.kind)} />)}</ol>
      {further && <Button type="text" block loading={pages.isFetching} onClick={() => (fetched ? void pages.fetchNextPage() : setMore(true))}>{t('timeline.more')}</Button>}
    </section>
  );
}

/** A button for each kind of which the caller may make a record that refers to this one. */
function QuickAdd({ record, title, kinds }: { record: RecordView; title: string; kinds: TimelinePage['kinds'] }) {
  const objects = useObjects()?.objects ?? [];
  const [making, setMaking] = useState<{ object: string; by: string; several: boolean } | null>(null);
  const names = new Set(kinds.map((kind) => kind.object ?? kind.kind));
  const offered = objects.filter((object) => names.has(object.name) && object.actions.includes('create')).slice(0, 3);
  return (
    <span className="timeline-add">
      {offered.map((object) => <AddButton key={object.name} object={object} record={record} onMake={setMaking} />)}
      {making && (
        <Suspense fallback={null}>
          <CreateDrawer object={making.object} given={{ [making.by]: making.several ? { object: record.object, id: record.id } : record.id }} titles={{ [making.by]: title }} onClose={() => setMaking(null)} />
        </Suspense>
      )}
    </span>
  );
}

function AddButton({ object, record, onMake }: { object: ObjectEntry; record: RecordView; onMake: (made: { object: string; by: string; several: boolean }) => void }) {
  const { data } = useObject(object.name);
  const link = data && linkTo(data, record.object);
  if (!link) return null;
  return <Button size="small" icon={<PlusOutlined />} onClick={() => onMake({ object: object.name, by: link.name, several: (link.to?.length ?? 0) !== 1 })}>{object.label}</Button>;
}

/** The first reference one may write that can point to records of `target`. */
function linkTo(object: ObjectDef, target: string) {
  return object.fields.find((field) => field.type === 'reference' && field.access === 'write' && field.to?.includes(target));
}
