// A condition in words, for its chip.
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { useQueries } from '@tanstack/react-query';
import { call } from '@/shared/api/http.ts';
import type { Field, ObjectDef, OptionSet } from '@/shared/api/types.ts';
import type { Condition } from './conditions.ts';

/** Needs the option sets of the fields named, and fetches them. */
export function useConditionWords(object: ObjectDef, conditions: Condition[]): (condition: Condition) => string {
  const { t } = useTranslation('list');
  const fields = conditions
    .map((condition) => object.fields.find((field) => field.name === condition.field))
    .filter((field): field is Field => !!field);
  const names = [...new Set(fields.map((field) => field.options).filter((name): name is string => !!name))];
  const sets = useQueries({
    queries: names.map((name) => ({
      queryKey: ['definition', 'options', name],
      queryFn: () => call<OptionSet>(`options/${name}`),
      staleTime: Number.POSITIVE_INFINITY,
    })),
    combine: (results) => results.map((result) => result.data),
  });
  return useCallback((condition) => {
    const field = object.fields.find((field) => field.name === condition.field);
    const set = sets.find((set) => set?.name === field?.options);
    const word = (code: string) => set?.items.find((item) => item.code === code)?.label ?? code;
    const op = t(`op.${condition.op}`);
    const label = field?.label ?? condition.field;
    if (condition.op === 'past_days' || condition.op === 'next_days') return `${label} ${op} ${condition.value ?? ''}`;
    if (condition.op === 'between') return `${label} ${condition.value ?? ''} ~ ${condition.to ?? ''}`;
    const values = condition.values?.map(word).join('、') ?? (condition.value ? word(condition.value) : '');
    return [label, op, values].filter(Boolean).join(' ');
  }, [object, sets, t]);
}
