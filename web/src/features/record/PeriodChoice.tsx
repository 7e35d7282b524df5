// The days of a timeline: a few usual spans, or from one day to another.
import { Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { today } from '@/meta/fields/moment.ts';
import { type Period, periodOf, PERIODS } from './period.ts';

export function PeriodChoice({ period, onChange }: { period: Period; onChange: (period: Period) => void }) {
  const { t } = useTranslation('record');
  const day = (end: 'from' | 'until') => (
    <input type="date" value={period[end] ?? ''} aria-label={t(`timeline.${end}`)} onChange={(event) => onChange({ ...period, [end]: event.target.value || undefined })} />
  );
  return (
    <span className="timeline-period">
      <Select
        size="small" value={period.name} aria-label={t('timeline.period')} popupMatchSelectWidth={false}
        options={PERIODS.map((name) => ({ value: name, label: t(`timeline.periods.${name}`) }))}
        onChange={(name) => onChange(periodOf(name, today(), period))}
      />
      {period.name === 'days' && <span className="timeline-days">{day('from')}<span aria-hidden="true">–</span>{day('until')}</span>}
    </span>
  );
}
