// Narrowing the log: by object, record, person, kind and days.
import { Button, DatePicker, Input, Select } from 'antd';
import dayjs from 'dayjs';
import { useTranslation } from 'react-i18next';
import { RecordSelect } from '@/meta/fields/edit/RecordSelect.tsx';
import type { AuditEntry } from '@/shared/api/types.ts';
import { useLabels } from '../labels.ts';
import { USER_FIELD } from '../userField.ts';
import { type AuditFilter, isId, KINDS } from './model.ts';
import { useKindLabel } from './useKindLabel.ts';

interface Props { filter: AuditFilter; entries: AuditEntry[]; onChange: (change: AuditFilter) => void }

export function Filters({ filter, entries, onChange }: Props) {
  const { t } = useTranslation('admin');
  const kind = useKindLabel();
  const labels = useLabels();
  const names = [...new Set([...labels.objects.map((object) => object.name), ...entries.flatMap((entry) => (entry.object ? [entry.object] : []))])];
  const days: [dayjs.Dayjs | null, dayjs.Dayjs | null] = [filter.from ? dayjs(filter.from) : null, filter.until ? dayjs(filter.until) : null];
  return (
    <div className="admin-bar" role="search">
      <Select
        aria-label={t('audit.kind')} placeholder={t('audit.kind')} allowClear showSearch={{ optionFilterProp: 'label' }} value={filter.kind}
        options={KINDS.map((one) => ({ value: one, label: kind(one) }))} onChange={(value) => onChange({ kind: value ?? '' })}
      />
      <RecordSelect field={USER_FIELD} label={t('audit.actor')} placeholder={t('audit.actor')} value={filter.actor ?? null} onChange={(value) => onChange({ actor: typeof value === 'string' ? value : '' })} />
      <Select
        aria-label={t('audit.object')} placeholder={t('audit.object')} allowClear showSearch={{ optionFilterProp: 'label' }} value={filter.object}
        options={names.map((name) => ({ value: name, label: labels.of(name) }))} onChange={(value) => onChange({ object: value ?? '' })}
      />
      <Input.Search
        key={`r${filter.record}`} style={{ width: 250 }} aria-label={t('audit.record')} placeholder={t('audit.recordHint')} allowClear defaultValue={filter.record} maxLength={36}
        onSearch={(text) => { if (text.trim() === '' || isId(text.trim())) onChange({ record: text.trim() }); }}
      />
      <DatePicker.RangePicker
        aria-label={t('audit.days')} value={days} allowEmpty={[true, true]}
        onChange={(range) => onChange({ from: range?.[0]?.format('YYYY-MM-DD') ?? '', until: range?.[1]?.format('YYYY-MM-DD') ?? '' })}
      />
      {Object.keys(filter).length > 0 && <Button type="link" onClick={() => onChange({ object: '', record: '', actor: '', kind: '', from: '', until: '' })}>{t('common:clear')}</Button>}
    </div>
  );
}
