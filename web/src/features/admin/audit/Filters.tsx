// Narrowing the log: by object, record, person, kind and days.
import { AutoComplete, Button, DatePicker, Input, Select } from 'antd';
import dayjs from 'dayjs';
import { useTranslation } from 'react-i18next';
import { useObjects } from '@/meta/definitions.ts';
import { RecordSelect } from '@/meta/fields/edit/RecordSelect.tsx';
import type { AuditEntry } from '@/shared/api/types.ts';
import { USER_FIELD } from '../userField.ts';
import { type AuditFilter, isId, KINDS } from './model.ts';
import { useKindLabel } from './useKindLabel.ts';

interface Props { filter: AuditFilter; entries: AuditEntry[]; onChange: (change: AuditFilter) => void }

export function Filters({ filter, entries, onChange }: Props) {
  const { t } = useTranslation('admin');
  const kind = useKindLabel();
  const known = useObjects()?.objects ?? [];
  const labels = new Map(known.map((object) => [object.name, object.label]));
  const names = [...new Set([...known.map((object) => object.name), ...entries.flatMap((entry) => (entry.object ? [entry.object] : []))])].sort();
  const days: [dayjs.Dayjs | null, dayjs.Dayjs | null] = [filter.from ? dayjs(filter.from) : null, filter.until ? dayjs(filter.until) : null];
  return (
    <div className="admin-bar" role="search">
      <Select
        aria-label={t('audit.kind')} placeholder={t('audit.kind')} allowClear showSearch={{ optionFilterProp: 'label' }} value={filter.kind}
        options={KINDS.map((one) => ({ value: one, label: kind(one) }))} onChange={(value) => onChange({ kind: value ?? '' })}
      />
      <RecordSelect field={USER_FIELD} label={t('audit.actor')} placeholder={t('audit.actor')} value={filter.actor ?? null} onChange={(value) => onChange({ actor: typeof value === 'string' ? value : '' })} />
      <AutoComplete
        key={`o${filter.object}`} aria-label={t('audit.object')} placeholder={t('audit.object')} allowClear defaultValue={filter.object}
        options={names.map((name) => ({ value: name, label: labels.has(name) ? `${labels.get(name)} ${name}` : name }))}
        onSelect={(value) => onChange({ object: value })} onClear={() => onChange({ object: '' })}
        onBlur={(event) => { const text = (event.target as HTMLInputElement).value?.trim() ?? ''; if (text !== (filter.object ?? '')) onChange({ object: text }); }}
      />
      <Input.Search
        key={`r${filter.record}`} style={{ width: 320 }} aria-label={t('audit.record')} placeholder={t('audit.recordHint')} allowClear defaultValue={filter.record} maxLength={36}
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
