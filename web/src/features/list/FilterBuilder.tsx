// One condition: field, comparison, value. Loads on its own, as most days nobody needs it.
import { Button, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { conditionText, opsOf, type Condition, type Op } from '@/meta/filter/conditions.ts';
import type { ObjectDef } from '@/shared/api/types.ts';
import { FilterValue } from './FilterValue.tsx';

export default function FilterBuilder({ object, onAdd }: { object: ObjectDef; onAdd: (condition: Condition) => void }) {
  const { t } = useTranslation('list');
  const [name, setName] = useState<string>();
  const [condition, setCondition] = useState<Condition>();
  const fields = object.fields.filter((field) => opsOf(field).length > 0 && !['id', 'version'].includes(field.name));
  const field = fields.find((field) => field.name === name);
  const ready = !!field && !!condition && conditionText(condition, field) !== null;
  const pick = (next: string) => {
    const chosen = fields.find((field) => field.name === next);
    const [op] = chosen ? opsOf(chosen) : [];
    setName(next);
    setCondition(op ? { field: next, op } : undefined);
  };
  return (
    <form className="builder" onSubmit={(event) => { event.preventDefault(); if (ready && condition) onAdd(condition); }}>
      <Select
        showSearch={{ optionFilterProp: 'label' }} placeholder={t('field')} aria-label={t('field')} value={name} onChange={pick} autoFocus
        options={fields.map((field) => ({ value: field.name, label: field.label }))}
      />
      {field && condition && (
        <>
          <Select<Op>
            aria-label={t('condition')} value={condition.op} onChange={(op) => setCondition({ field: field.name, op })}
            options={opsOf(field).map((op) => ({ value: op, label: t(`op.${op}`) }))}
          />
          <FilterValue field={field} condition={condition} onChange={setCondition} />
        </>
      )}
      <Button type="primary" htmlType="submit" disabled={!ready}>{t('common:apply')}</Button>
    </form>
  );
}
