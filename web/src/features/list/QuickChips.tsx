// Values of one field as filters of one press, each with how many rows have it.
import { DownOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import { useOptions } from '@/meta/definitions.ts';
import { both, type Condition, type Group } from '@/meta/filter/conditions.ts';
import { isAny, isCondition, partsOf, whereText } from '@/meta/filter/where.ts';
import type { Field, ObjectDef } from '@/shared/api/types.ts';
import { MenuButton } from '@/shared/ui/MenuButton.tsx';
import { type Scope, useFacets } from './useList.ts';
import type { ListState } from './useListState.ts';

const MOST = 8;

/** Fields whose values are few and named. */
function offered(object: ObjectDef): Field[] {
  return object.fields.filter((field) => (field.type === 'select' || field.type === 'boolean') && field.access !== 'masked' && !field.encrypted);
}

/** The field whose values stand as chips: the one chosen, else the first of the columns. */
export function quickField(object: ObjectDef, state: ListState): Field | undefined {
  const fields = offered(object);
  if (state.shape.quick !== undefined) return fields.find((field) => field.name === state.shape.quick);
  return state.columns.map((column) => fields.find((field) => field.name === column && field.type === 'select')).find((field) => field);
}

/** The condition of a field that stands by itself beside the others. */
export function standing(where: Group, field: Field): Condition | undefined {
  if (isAny(where)) return undefined;
  return partsOf(where).find((part): part is Condition => isCondition(part) && part.field === field.name && ['in', 'yes', 'no'].includes(part.op));
}

const chosenOf = (condition: Condition | undefined): string[] =>
  (!condition ? [] : condition.op === 'yes' ? ['true'] : condition.op === 'no' ? ['false'] : (condition.values ?? []));

/** The tree with a value of a field switched on or off. */
export function flipped(where: Group, field: Field, code: string): Group {
  const now = standing(where, field);
  const others = isAny(where) && partsOf(where).length > 0 ? [where] : partsOf(where).filter((part) => part !== now);
  const before = chosenOf(now);
  if (field.type === 'boolean') {
    return { all: before.includes(code) ? others : [...others, { field: field.name, op: code === 'true' ? 'yes' : 'no' }] };
  }
  const values = before.includes(code) ? before.filter((one) => one !== code) : [...before, code];
  return { all: values.length > 0 ? [...others, { field: field.name, op: 'in', values }] : others };
}

export function QuickChips({ object, state }: { object: ObjectDef; state: ListState }) {
  const { t } = useTranslation('list');
  const field = quickField(object, state);
  const items = useOptions(field?.options)?.items;
  const condition = field && standing(state.where, field);
  const rest: Group = isAny(state.where) ? state.where : { all: partsOf(state.where).filter((part) => part !== condition) };
  const scope: Scope | null = field && state.query && state.view
    ? { object: object.name, search: state.query.search, filter: both(state.view.filter, state.search.of, whereText(rest, object.fields)) } : null;
  const facets = useFacets(scope, field?.name ?? '');
  const fields = offered(object);
  if (fields.length === 0) return null;
  const counts = new Map(facets.map((facet) => [String(facet.keys[field?.name ?? ''] ?? ''), String(facet.measures.count ?? '')]));
  const chosen = chosenOf(condition);
  const codes = !field ? [] : field.type === 'boolean' ? ['true', 'false'] : (items ?? []).map((item) => item.code);
  const shown = codes.filter((code) => chosen.includes(code) || Number(counts.get(code) ?? 0) > 0).slice(0, MOST);
  const label = (code: string) => (field?.type === 'boolean' ? t(code === 'true' ? 'common:yes' : 'common:no') : items?.find((item) => item.code === code)?.label ?? code);
  return (
    <div className="quick">
      <MenuButton
        menu={{
          selectedKeys: [field?.name ?? ''], style: { maxHeight: 360, overflow: 'auto' },
          items: [...fields.map((field) => ({ key: field.name, label: field.label })), { type: 'divider' }, { key: '', label: t('quickNone') }],
          onClick: ({ key }) => state.arrange({ quick: key }),
        }}
      >
        <button type="button" className="quick-field" aria-label={t('quickField')}>{field?.label ?? t('quick')} <DownOutlined /></button>
      </MenuButton>
      {field && shown.map((code) => (
        <button
          key={code} type="button" className="quick-chip" aria-pressed={chosen.includes(code)}
          onClick={() => state.set({ f: flipped(state.where, field, code) })}
        >
          {label(code)} <span className="quick-count">{Number(counts.get(code) ?? 0).toLocaleString('en-US')}</span>
        </button>
      ))}
    </div>
  );
}
