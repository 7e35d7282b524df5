// The days of a timeline: a few usual spans, or from one day to another.
import { Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { today } from '@/meta/fields/moment.ts';
import { DayInput } from '@/shared/ui/DayInput.tsx';
import { type Period, periodOf, PERIODS } from './period.ts';

export function PeriodChoice({ period, onChange }: { period: Period; onChange: (period: Period) => void }) {
  const { t } = useTranslation('record');
  const day = (end: 'from' | 'until') => (
    <DayInput size="small" value={period[end]} label={t(`timeline.${end}`)} onChange={(day) => onChange({ ...period, [end]: day })} />
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
