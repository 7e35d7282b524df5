// Picking a civil day.
import { DatePicker } from 'antd';
import dayjs from 'dayjs';
import type { DayInputProps } from './DayInput.tsx';

const DAY = 'YYYY-MM-DD';

export default function Calendar({ value, onChange, id, label, least, size, clearable = true }: DayInputProps) {
  return (
    <DatePicker
      id={id} aria-label={label} placeholder={label} size={size} allowClear={clearable} value={value ? dayjs(value) : null}
      disabledDate={least ? (day) => day.format(DAY) < least : undefined}
      onChange={(day) => onChange(day ? day.format(DAY) : undefined)}
    />
  );
}
