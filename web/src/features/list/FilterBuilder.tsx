// Conditions put together: all or any of them, in groups. Loads on its own, as most days nobody
// needs it. Nothing is asked until it is applied.
import { CloseOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Segmented, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Condition, conditionText, type Group, type Op, opsOf } from '@/meta/filter/conditions.ts';
import { added, conditionsOf, DEEPEST, groupOf, isAny, isCondition, MOST, partsOf, type Path, removed, replaced, switched } from '@/meta/filter/where.ts';
import type { Field, ObjectDef } from '@/shared/api/types.ts';
import { FilterValue } from './FilterValue.tsx';

interface Props { object: ObjectDef; where: Group; onApply: (where: Group) => void; onCancel: () => void }

const UNASKED = new Set(['id', 'version']);

export default function FilterBuilder({ object, where, onApply, onCancel }: Props) {
  const { t } = useTranslation('list');
  const fields = object.fields.filter((field) => opsOf(field).length > 0 && !UNASKED.has(field.name));
  const fresh = (): Condition => {
    const field = fields.find((field) => field.name === object.title) ?? fields[0];
    return { field: field?.name ?? '', op: field ? (opsOf(field)[0] ?? 'filled') : 'filled' };
  };
  const [draft, setDraft] = useState<Group>(() => (partsOf(where).length > 0 ? where : { all: [fresh()] }));
  const conditions = conditionsOf(draft);
  const ready = conditions.every((condition) => {
    const field = fields.find((field) => field.name === condition.field);
    return field ? conditionText(condition, field) !== null : true;
  });
  return (
    <form className="builder" onSubmit={(event) => { event.preventDefault(); if (ready) onApply(draft); }} aria-label={t('filter')}>
      <div className="builder-tree">
        <GroupRows fields={fields} group={draft} path={[]} full={conditions.length >= MOST} fresh={fresh} draft={draft} onDraft={setDraft} />
      </div>
      <div className="builder-foot">
        {!ready && <span className="muted">{t('builderUnready')}</span>}
        <Button onClick={onCancel}>{t('common:cancel')}</Button>
        <Button type="primary" htmlType="submit" disabled={!ready}>{t('common:apply')}</Button>
      </div>
    </form>
  );
}

interface GroupProps { fields: Field[]; group: Group; path: Path; full: boolean; fresh: () => Condition; draft: Group; onDraft: (draft: Group) => void }

function GroupRows({ fields, group, path, full, fresh, draft, onDraft }: GroupProps) {
  const { t } = useTranslation('list');
  const any = isAny(group);
  return (
    <fieldset className={`builder-group${path.length > 0 ? ' builder-inner' : ''}`}>
      <legend className="sr-only">{t(any ? 'anyOf' : 'allOf')}</legend>
      <div className="builder-head">
        <Segmented
          size="small" value={any ? 'any' : 'all'} aria-label={t('joined')} options={[{ value: 'all', label: t('allOf') }, { value: 'any', label: t('anyOf') }]}
          onChange={(value) => onDraft(switched(draft, path, value === 'any'))}
        />
        {path.length > 0 && <Button size="small" type="text" icon={<CloseOutlined />} aria-label={t('removeGroup')} onClick={() => onDraft(removed(draft, path))} />}
      </div>
      {partsOf(group).map((part, at) => {
        const here = [...path, at];
        const key = here.join('-');
        return isCondition(part)
          ? <ConditionRow key={key} fields={fields} condition={part} onChange={(next) => onDraft(replaced(draft, here, next))} onRemove={() => onDraft(removed(draft, here))} />
          : <GroupRows key={key} fields={fields} group={part} path={here} full={full} fresh={fresh} draft={draft} onDraft={onDraft} />;
      })}
      <div className="builder-adds">
        <Button size="small" type="link" icon={<PlusOutlined />} disabled={full} onClick={() => onDraft(added(draft, path, fresh()))}>{t('addFilter')}</Button>
        {path.length < DEEPEST - 1 && <Button size="small" type="link" icon={<PlusOutlined />} disabled={full} onClick={() => onDraft(added(draft, path, groupOf(!any, [fresh()])))}>{t('addGroup')}</Button>}
      </div>
    </fieldset>
  );
}

interface RowProps { fields: Field[]; condition: Condition; onChange: (condition: Condition) => void; onRemove: () => void }

function ConditionRow({ fields, condition, onChange, onRemove }: RowProps) {
  const { t } = useTranslation('list');
  const field = fields.find((field) => field.name === condition.field);
  const pick = (name: string) => {
    const chosen = fields.find((field) => field.name === name);
    const [op] = chosen ? opsOf(chosen) : [];
    if (op) onChange({ field: name, op });
  };
  return (
    <div className="builder-row">
      <Select
        showSearch={{ optionFilterProp: 'label' }} aria-label={t('field')} value={field ? field.name : undefined} placeholder={t('unknownField')} onChange={pick}
        options={fields.map((field) => ({ value: field.name, label: field.label }))} popupMatchSelectWidth={false}
      />
      {field && (
        <>
          <Select<Op>
            aria-label={t('condition')} value={condition.op} onChange={(op) => onChange({ field: field.name, op })} popupMatchSelectWidth={false}
            options={opsOf(field).map((op) => ({ value: op, label: t(`opName.${op}`, { defaultValue: t(`op.${op}`) }) }))}
          />
          <div className="builder-value"><FilterValue field={field} condition={condition} onChange={onChange} /></div>
        </>
      )}
      <Button type="text" icon={<CloseOutlined />} aria-label={t('removeCondition')} onClick={onRemove} />
    </div>
  );
}
