// The value of a condition, asked for by the type of its field.
import { DatePicker, Input, Select, TreeSelect } from 'antd';
import dayjs from 'dayjs';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useOptions } from '@/meta/definitions.ts';
import { kindOf } from '@/meta/fields/kinds.ts';
import { RecordSelect } from '@/meta/fields/edit/RecordSelect.tsx';
import { BARE, type Condition, DAYS } from '@/meta/filter/conditions.ts';
import type { Field } from '@/shared/api/types.ts';

interface Props { field: Field; condition: Condition; onChange: (condition: Condition) => void }

export function FilterValue({ field, condition, onChange }: Props) {
  const { t } = useTranslation('list');
  const kind = kindOf(field).filter;
  const { op } = condition;
  if (BARE.has(op)) return null;
  const put = (change: Partial<Condition>) => onChange({ ...condition, ...change });
  if (kind === 'option' || kind === 'options') return <Options field={field} values={condition.values} onChange={(values) => put({ values })} />;
  if (kind === 'cascade') return <Tree field={field} value={condition.value} onChange={(value) => put({ value })} />;
  if (op === 'in') return <RecordSelect field={field} multiple value={condition.values ?? []} onChange={(values) => put({ values: values as string[] })} label={t('value')} />;
  const dated = (kind === 'date' || kind === 'instant') && !DAYS.has(op);
  const one = (value: string | undefined, label: string, set: (value: string | undefined) => void) =>
    dated ? (
      <DatePicker aria-label={label} placeholder={label} value={value ? dayjs(value) : null} onChange={(day) => set(day ? day.format('YYYY-MM-DD') : undefined)} />
    ) : (
      <Input aria-label={label} placeholder={label} value={value} inputMode={DAYS.has(op) ? 'numeric' : kind === 'number' ? 'decimal' : undefined} maxLength={DAYS.has(op) ? 4 : 100} suffix={DAYS.has(op) ? t('dayUnit') : undefined} onChange={(event) => set(event.target.value)} />
    );
  if (op === 'between') {
    return <>{one(condition.value, t('from'), (value) => put({ value }))}{one(condition.to, t('to'), (to) => put({ to }))}</>;
  }
  return one(condition.value, t('value'), (value) => put({ value }));
}

function Options({ field, values, onChange }: { field: Field; values?: string[]; onChange: (values: string[]) => void }) {
  const { t } = useTranslation('list');
  const items = useOptions(field.options)?.items ?? [];
  return (
    <Select
      mode="multiple" aria-label={t('value')} placeholder={t('value')} value={values} onChange={onChange} showSearch={{ optionFilterProp: 'label' }}
      options={items.map((item) => ({ value: item.code, label: item.label }))}
    />
  );
}

function Tree({ field, value, onChange }: { field: Field; value?: string; onChange: (value: string) => void }) {
  const { t } = useTranslation('list');
  const items = useOptions(field.options)?.items;
  const data = useMemo(() => (items ?? []).map((item) => ({ id: item.code, pId: item.parent ?? 0, value: item.code, title: item.label })), [items]);
  return (
    <TreeSelect
      treeDataSimpleMode treeData={data} value={value} onChange={onChange} aria-label={t('value')} placeholder={t('value')}
      showSearch={{ treeNodeFilterProp: 'title' }} styles={{ popup: { root: { maxHeight: 360 } } }}
    />
  );
}
