// Which part of a timeline is asked for: kinds and days. Pure.
export type PeriodName = 'always' | 'week' | 'month' | 'quarter' | 'year' | 'days';
export const PERIODS: PeriodName[] = ['always', 'week', 'month', 'quarter', 'year', 'days'];

/** Days are inclusive and civil: `2026-01-31`. */
export interface Period { name: PeriodName; from?: string; until?: string }

export const ALWAYS: Period = { name: 'always' };

const BACK: Partial<Record<PeriodName, number>> = { week: 7, month: 30, quarter: 90, year: 365 };

/** A period by its name, as of `today`; days of one's own begin as they were. */
export function periodOf(name: PeriodName, today: string, before: Period): Period {
  if (name === 'days') return { ...before, name };
  const days = BACK[name];
  return days === undefined ? ALWAYS : { name, from: back(today, days - 1) };
}

function back(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);
}

/** The kinds after one was pressed; all of them are the same as none. */
export function toggled(kinds: readonly string[], kind: string, all: number): readonly string[] {
  const next = kinds.includes(kind) ? kinds.filter((one) => one !== kind) : [...kinds, kind];
  return next.length === all ? [] : next;
}
