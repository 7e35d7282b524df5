// Conditions in words, for chips and groups.
import { useTranslation } from 'react-i18next';
import { useQueries } from '@tanstack/react-query';
import { call } from '@/shared/api/http.ts';
import type { Field, ObjectDef, OptionSet } from '@/shared/api/types.ts';
import { useTargetOf, useTitles } from '../useTitles.ts';
import { BARE, DAYS, type Condition, type Where } from './conditions.ts';
import { conditionsOf, isAny, isCondition, partsOf } from './where.ts';

/** Words of a condition or group. Needs option sets and titles of what is named, and fetches them. */
export function useWords(object: ObjectDef, where: Where): (where: Where) => string {
  const { t } = useTranslation('list');
  const target = useTargetOf();
  const conditions = conditionsOf(where);
  const at = (condition: Condition): Field | undefined => object.fields.find((field) => field.name === condition.field);
  const names = [...new Set(conditions.map((condition) => at(condition)?.options).filter((name): name is string => !!name))];
  const sets = useQueries({
    queries: names.map((name) => ({
      queryKey: ['definition', 'options', name],
      queryFn: () => call<OptionSet>(`options/${name}`),
      staleTime: Number.POSITIVE_INFINITY,
    })),
    combine: (results) => results.map((result) => result.data),
  });
  const title = useTitles(conditions.flatMap((condition) => {
    const to = target(at(condition));
    return to ? (condition.values ?? []).map((id) => ({ object: to, id })) : [];
  }));

  const condition = (one: Condition): string => {
    const field = at(one);
    const label = field?.label ?? t('unknownField');
    const op = t(`op.${one.op}`, { count: Number(one.value) || 0 });
    if (BARE.has(one.op) || DAYS.has(one.op)) return `${label} ${op}`;
    if (one.op === 'between') return `${label} ${one.value ?? ''} ~ ${one.to ?? ''}`;
    const set = sets.find((set) => set?.name === field?.options);
    const word = (code: string) => set?.items.find((item) => item.code === code)?.label ?? title(code) ?? (target(field) ? '…' : code);
    const values = one.values?.map(word).join(t('listComma')) ?? (one.value ? word(one.value) : '');
    return [label, op, values].filter(Boolean).join(' ');
  };
  const words = (where: Where, inner = false): string => {
    if (isCondition(where)) return condition(where);
    const joined = partsOf(where).map((part) => words(part, true)).join(` ${t(isAny(where) ? 'or' : 'and')} `);
    return inner ? `(${joined})` : joined;
  };
  return (where) => words(where);
}
