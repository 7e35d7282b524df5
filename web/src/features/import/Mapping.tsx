// Which column goes into which field, with what stands in it.
import { ArrowRightOutlined } from '@ant-design/icons';
import { Select } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Tag } from '@/shared/ui/Tag.tsx';
import { type DateOrder, type Draft, type DraftColumn, type Target, mapColumn, setDateOrder, setMultiplier } from './plan.ts';

interface Props { draft: Draft; all: Target[]; duplicates: string[]; onChange: (draft: Draft) => void }

const AMOUNTS = new Set(['money', 'number']);
const DATES = new Set(['date', 'date_time']);
const MULTIPLIERS = [null, '1000', '10000', '100000000'];
const ORDERS: (DateOrder | null)[] = [null, 'mdy', 'dmy'];

export function Mapping({ draft, all, duplicates, onChange }: Props) {
  const { t } = useTranslation('import');
  const choices = useMemo(() => grouped(all), [all]);
  return (
    <section className="panel imp-card" aria-label={t('mapping')}>
      <h2>{t('mapping')}</h2>
      {duplicates.length > 0 && <p className="imp-note">{t('duplicates', { names: [...new Set(duplicates)].join(t('comma')) })}</p>}
      <div className="imp-map" role="table" aria-label={t('mapping')}>
        <div className="imp-map-head" role="row">
          <span role="columnheader">{t('column')}</span>
          <span role="columnheader">{t('samples')}</span>
          <span role="columnheader">{t('target')}</span>
          <span role="columnheader">{t('reads')}</span>
        </div>
        {draft.columns.map((column) => (
          <Row key={column.column} column={column} draft={draft} all={all} choices={choices} onChange={onChange} />
        ))}
      </div>
    </section>
  );
}

interface RowProps { column: DraftColumn; draft: Draft; all: Target[]; choices: ReturnType<typeof grouped>; onChange: (draft: Draft) => void }

function Row({ column, draft, all, choices, onChange }: RowProps) {
  const { t } = useTranslation('import');
  const target = all.find((target) => target.key === column.field);
  const name = column.header || t('unnamed', { at: column.column + 1 });
  const type = target?.field.type ?? '';
  return (
    <div className={`imp-row${column.field === null ? ' imp-skipped' : ''}`} role="row">
      <b role="cell" title={name}>{name}</b>
      <span role="cell" className="imp-samples" title={column.samples.join('\n')}>{column.samples.length > 0 ? column.samples.join(' · ') : t('common:empty')}</span>
      <span role="cell" className="imp-target">
        <ArrowRightOutlined aria-hidden />
        <Select
          value={column.field ?? undefined} allowClear showSearch={{ optionFilterProp: 'label' }} options={choices} placeholder={t('skip')}
          aria-label={t('targetOf', { column: name })} popupMatchSelectWidth={false}
          onChange={(key: string | undefined) => onChange(mapColumn(draft, column.column, all.find((target) => target.key === key) ?? null))}
        />
        {column.suggested && <Tag color="teal">{t('suggested')}</Tag>}
      </span>
      <span role="cell" className="imp-reads">
        {AMOUNTS.has(type) && (
          <Select
            value={column.multiplier ?? ''} aria-label={t('unitOf', { column: name })} popupMatchSelectWidth={false}
            options={multipliers(column.multiplier).map((value) => ({ value: value ?? '', label: value && !MULTIPLIERS.includes(value) ? `× ${value}` : t(`multiplier.${value ?? '1'}`) }))}
            onChange={(value: string) => onChange(setMultiplier(draft, column.column, value || null))}
          />
        )}
        {DATES.has(type) && (
          <Select
            value={column.dateOrder ?? ''} aria-label={t('orderOf', { column: name })} popupMatchSelectWidth={false}
            options={ORDERS.map((value) => ({ value: value ?? '', label: t(`dateOrder.${value ?? 'ymd'}`) }))}
            onChange={(value: DateOrder | '') => onChange(setDateOrder(draft, column.column, value || null))}
          />
        )}
      </span>
    </div>
  );
}

const multipliers = (current: string | null) => (MULTIPLIERS.includes(current) ? MULTIPLIERS : [...MULTIPLIERS, current]);

function grouped(all: Target[]) {
  const groups = [...new Set(all.map((target) => target.group))];
  return groups.map((group) => ({
    label: group,
    title: group,
    options: all.filter((target) => target.group === group).map((target) => ({ value: target.key, label: target.label })),
  }));
}
