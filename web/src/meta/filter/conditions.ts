// Conditions that people put together, and the expression text they stand for. The server parses
// and checks the text; nothing is decided here.
import type { Field } from '@/shared/api/types.ts';
import { kindOf, type FilterKind } from '../fields/kinds.ts';

export type Op =
  | 'is' | 'contains' | 'starts' | 'in' | 'not_in' | 'under' | 'has_any' | 'at_least' | 'at_most' | 'between' | 'on_or_after' | 'on_or_before'
  | 'today' | 'yesterday' | 'tomorrow' | 'past' | 'past_days' | 'next_days' | 'days_ago' | 'this_month' | 'last_month' | 'next_month' | 'this_year' | 'last_year'
  | 'month_of_year' | 'yes' | 'no' | 'me' | 'my_units' | 'my_subtree' | 'empty' | 'filled';

export interface Condition { field: string; op: Op; value?: string; to?: string; values?: string[] }

/** Conditions of which all, or any, must hold. */
export type Where = Condition | { all: Where[] } | { any: Where[] };
export type Group = Exclude<Where, Condition>;

const OPS: Record<FilterKind, Op[]> = {
  text: ['contains', 'is', 'starts', 'empty', 'filled'],
  number: ['at_least', 'at_most', 'between', 'is', 'empty', 'filled'],
  date: [
    'today', 'past_days', 'next_days', 'days_ago', 'past', 'yesterday', 'tomorrow', 'this_month', 'last_month', 'next_month', 'month_of_year',
    'this_year', 'last_year', 'on_or_after', 'on_or_before', 'between', 'empty', 'filled',
  ],
  instant: [
    'today', 'past_days', 'next_days', 'days_ago', 'past', 'yesterday', 'tomorrow', 'this_month', 'last_month', 'next_month', 'this_year', 'last_year',
    'on_or_after', 'on_or_before', 'between', 'empty', 'filled',
  ],
  boolean: ['yes', 'no'],
  option: ['in', 'not_in', 'empty', 'filled'],
  options: ['has_any', 'empty', 'filled'],
  cascade: ['under', 'empty', 'filled'],
  reference: ['in', 'empty', 'filled'],
  user: ['me', 'in', 'empty', 'filled'],
  unit: ['my_units', 'my_subtree', 'in', 'empty', 'filled'],
  none: [],
};

/** Operators that say everything by themselves. */
export const BARE: ReadonlySet<Op> = new Set<Op>([
  'empty', 'filled', 'yes', 'no', 'me', 'my_units', 'my_subtree', 'today', 'yesterday', 'tomorrow', 'past', 'this_month', 'last_month', 'next_month',
  'month_of_year', 'this_year', 'last_year',
]);

/** Operators whose value is a number of days. */
export const DAYS: ReadonlySet<Op> = new Set<Op>(['past_days', 'next_days', 'days_ago']);

export function opsOf(field: Field): Op[] {
  if (field.access === 'masked') return [];
  if (field.encrypted) return ['is', 'empty', 'filled'];
  if (field.type === 'reference' && (field.to?.length ?? 0) !== 1) return ['empty', 'filled'];
  return OPS[kindOf(field).filter];
}

export const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const NUMBER = /^-?\d+(\.\d+)?$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const WHOLE = /^\d{1,4}$/;

const monthOf = (day: string, step: number): string => {
  const month = step === 0 ? 'today()' : `add_months(today(), ${step})`;
  return `${day} between start_of_month(${month}) and end_of_month(${month})`;
};

/** The expression for one condition; null while it is not complete. */
export function conditionText(condition: Condition, field: Field): string | null {
  const { op, value = '', to = '' } = condition;
  const name = field.name;
  const kind = kindOf(field).filter;
  const values = condition.values ?? [];
  const day = kind === 'instant' ? `date_of(${name})` : name;
  const days = (text: string) => (WHOLE.test(value) ? text : null);
  switch (op) {
    case 'empty': return `${name} is empty`;
    case 'filled': return `${name} is not empty`;
    case 'yes': return `${name} = true`;
    case 'no': return `${name} = false`;
    case 'me': return `${name} = me`;
    case 'my_units': return `${name} in my_units`;
    case 'my_subtree': return `${name} in my_subtree`;
    case 'today': return `${day} = today()`;
    case 'yesterday': return `${day} = today() - 1 days`;
    case 'tomorrow': return `${day} = today() + 1 days`;
    case 'past': return `${day} < today()`;
    case 'this_month': return monthOf(day, 0);
    case 'last_month': return monthOf(day, -1);
    case 'next_month': return monthOf(day, 1);
    case 'month_of_year': return `month(${day}) = month(today())`;
    case 'this_year': return `year(${day}) = year(today())`;
    case 'last_year': return `year(${day}) = year(today()) - 1`;
    case 'past_days': return days(`${day} between today() - ${value} days and today()`);
    case 'next_days': return days(`${day} between today() and today() + ${value} days`);
    case 'days_ago': return days(`${day} < today() - ${value} days`);
    case 'contains': return value ? `contains(${name}, ${quote(value)})` : null;
    case 'starts': return value ? `starts_with(${name}, ${quote(value)})` : null;
    case 'in': return values.length > 0 ? `${name} in [${values.map(quote).join(', ')}]` : null;
    case 'not_in': return values.length > 0 ? `not ${name} in [${values.map(quote).join(', ')}]` : null;
    case 'has_any': return values.length > 0 ? `(${values.map((item) => `contains(${name}, ${quote(item)})`).join(' or ')})` : null;
    case 'under': return value ? `under(${name}, ${quote(value)})` : null;
    case 'is': {
      if (!value) return null;
      if (kind === 'number') return NUMBER.test(value) ? `${name} = ${value}` : null;
      return `${name} = ${quote(value)}`;
    }
    case 'at_least': return NUMBER.test(value) ? `${name} >= ${value}` : null;
    case 'at_most': return NUMBER.test(value) ? `${name} <= ${value}` : null;
    case 'on_or_after': return DATE.test(value) ? `${day} >= ${quote(value)}` : null;
    case 'on_or_before': return DATE.test(value) ? `${day} <= ${quote(value)}` : null;
    case 'between': {
      const pattern = kind === 'number' ? NUMBER : DATE;
      if (!pattern.test(value) || !pattern.test(to)) return null;
      const literal = (text: string) => (kind === 'number' ? text : quote(text));
      return `${day} between ${literal(value)} and ${literal(to)}`;
    }
    default: return null;
  }
}

/** Joins what must all hold. */
export function both(...texts: (string | null | undefined)[]): string | undefined {
  const all = texts.filter((text): text is string => !!text);
  if (all.length <= 1) return all[0];
  return all.map((text) => `(${text})`).join(' and ');
}
