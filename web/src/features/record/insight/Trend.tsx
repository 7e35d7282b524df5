// What a record has or moves, over time: one measure at a time, drawn or as a table.
import { ArrowDownOutlined, ArrowUpOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { grouped, short } from '@/meta/fields/amount.ts';
import { signOf, total } from '@/meta/fields/exact.ts';
import { today } from '@/meta/fields/moment.ts';
import { call } from '@/shared/api/http.ts';
import { isProblem } from '@/shared/api/problem.ts';
import type { MeasureEntry, PageTrend, Series } from '@/shared/api/types.ts';
import { language } from '@/shared/i18n/index.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { Waiting } from '@/shared/ui/Waiting.tsx';
import { Chart } from './Chart.tsx';
import { divided, moved, type Move, spansWith, spanText, startOf } from './trend.ts';
import './texts.ts';
import './insight.css';

interface Props { subject: { object: string; id: string }; trend: PageTrend }

export default function Trend({ subject, trend }: Props) {
  const { t } = useTranslation('insight');
  const offered = trend.measures;
  const [name, setName] = useState(trend.series.measure);
  const [span, setSpan] = useState(trend.months);
  const [table, setTable] = useState(false);
  const measure = offered.find((one) => one.name === name) ?? offered[0];
  const given = name === trend.series.measure && span === trend.months ? trend.series : undefined;
  const found = useQuery({
    queryKey: ['records', subject.object, 'measure', subject.id, name, span],
    queryFn: ({ signal }) => call<Series>(`measures/${name}`, { query: { subject: `${subject.object}:${subject.id}`, from: startOf(today(), span), by: divided(span) }, signal }),
    enabled: !given,
    placeholderData: (before) => (before?.measure === name ? before : undefined),
    staleTime: 60_000,
  });
  const series = given ?? found.data;
  if (!measure || (!given && isProblem(found.error, 'forbidden', 'not_found'))) return null;
  const title = (one: MeasureEntry) => (language() === 'en' ? one.label.en : one.label.zh);
  return (
    <section className="trend panel">
      <header className="trend-head">
        <div className="trend-names" role="group" aria-label={t('trend.measures')}>
          {offered.map((one) => <button key={one.name} type="button" aria-pressed={one.name === name} onClick={() => setName(one.name)}>{title(one)}</button>)}
        </div>
        <Segmented size="small" aria-label={t('trend.span')} value={span} onChange={setSpan} options={spansWith(trend.months).map((one) => ({ value: one, label: one % 12 === 0 ? t('trend.years', { count: one / 12 }) : t('trend.months', { count: one }) }))} />
        <Segmented size="small" aria-label={t('trend.title')} value={table ? 'table' : 'chart'} onChange={(next) => setTable(next === 'table')} options={[{ value: 'chart', label: t('trend.chart') }, { value: 'table', label: t('trend.table') }]} />
      </header>
      {!given && found.error && <Failure error={found.error} onRetry={() => void found.refetch()} />}
      {!series && !found.error && <Waiting rows={4} className="trend-wait" />}
      {series && <Body series={series} measure={measure} label={title(measure)} table={table} />}
    </section>
  );
}

function Body({ series, measure, label, table }: { series: Series; measure: MeasureEntry; label: string; table: boolean }) {
  const { t } = useTranslation('insight');
  const figure = (value: string) => {
    const { text, scale } = short(value);
    return `${text}${scale === 'plain' ? '' : t(`first:unit.${scale}`)}`;
  };
  const { points } = series;
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || points.every((point) => signOf(point.value) === 'same')) return <p className="muted trend-none">{t('trend.none')}</p>;
  const sum = measure.kind === 'flow' ? total(points.map((point) => point.value)) : null;
  return (
    <>
      <p className="trend-facts">
        <b className="tabular" title={grouped(sum ?? last.value)}>{figure(sum ?? last.value)}</b>
        {sum !== null ? <span className="muted">{t('trend.sum')}</span> : (
          <>
            <Change label={t('trend.month')} move={moved(points, 1)} figure={figure} />
            {points.length > 2 && <Change label={t('trend.whole')} move={moved(points, points.length - 1)} figure={figure} />}
          </>
        )}
        {!series.complete && <span className="muted">{t('trend.incomplete')}</span>}
      </p>
      {table ? (
        <div className="trend-table" role="region" aria-label={label} tabIndex={0}>
          <table>
            <thead><tr><th scope="col">{t('trend.period')}</th><th scope="col" className="numeric">{t('trend.value')}{series.currency ? ` (${series.currency})` : ''}</th></tr></thead>
            <tbody>{points.toReversed().map((point) => <tr key={point.from}><td className="tabular">{spanText(point)}</td><td className="numeric tabular">{grouped(point.value)}</td></tr>)}</tbody>
          </table>
        </div>
      ) : <Chart label={t('trend.drawn', { label, from: spanText(first), first: figure(first.value), to: spanText(last), last: figure(last.value) })} kind={measure.kind} points={points} figure={figure} />}
    </>
  );
}

/** Rise is red and fall is green, as people here read them, and a sign says so too. */
function Change({ label, move, figure }: { label: string; move: Move | null; figure: (value: string) => string }) {
  if (!move) return null;
  const plus = move.sign === 'up' ? '+' : '';
  return (
    <span className={`trend-move trend-${move.sign}`}>
      <span className="muted">{label}</span> {move.sign === 'up' ? <ArrowUpOutlined /> : move.sign === 'down' ? <ArrowDownOutlined /> : null}
      <span className="tabular">{plus}{figure(move.by)}{move.percent !== null && `（${plus}${move.percent}%）`}</span>
    </span>
  );
}
