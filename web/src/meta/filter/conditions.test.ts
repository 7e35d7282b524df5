import { describe, expect, it } from 'vitest';
import type { Field } from '@/shared/api/types.ts';
import { both, conditionText, opsOf, type Op } from './conditions.ts';

const field = (name: string, type: string, more: Partial<Field> = {}): Field => ({
  name, label: name, type, access: 'read', required: false, unique: false, read_only: false, level: 2, encrypted: false, search: false, ...more,
});

describe('conditions', () => {
  it('quotes what people type, so that no text becomes an expression', () => {
    const text = conditionText({ field: 'name', op: 'contains', value: "O'Brien') or true or ('" }, field('name', 'text'));
    expect(text).toBe("contains(name, 'O''Brien'') or true or (''')");
  });

  it('is silent while a condition is incomplete', () => {
    expect(conditionText({ field: 'a', op: 'at_least', value: '1,0' }, field('a', 'money'))).toBeNull();
    expect(conditionText({ field: 'a', op: 'between', value: '1' }, field('a', 'number'))).toBeNull();
    expect(conditionText({ field: 'a', op: 'in', values: [] }, field('a', 'select'))).toBeNull();
    expect(conditionText({ field: 'a', op: 'past_days', value: '3 days' }, field('a', 'date'))).toBeNull();
  });

  it.each<[Op, string | undefined, string]>([
    ['today', undefined, 'on = today()'],
    ['yesterday', undefined, 'on = today() - 1 days'],
    ['past', undefined, 'on < today()'],
    ['past_days', '7', 'on between today() - 7 days and today()'],
    ['days_ago', '30', 'on < today() - 30 days'],
    ['last_month', undefined, 'on between start_of_month(add_months(today(), -1)) and end_of_month(add_months(today(), -1))'],
    ['month_of_year', undefined, 'month(on) = month(today())'],
    ['last_year', undefined, 'year(on) = year(today()) - 1'],
  ])('means days from today by %s', (op, value, text) => {
    expect(conditionText({ field: 'on', op, value }, field('on', 'date'))).toBe(text);
  });

  it('compares instants by their civil date', () => {
    expect(conditionText({ field: 'at', op: 'past_days', value: '7' }, field('at', 'date_time'))).toBe('date_of(at) between today() - 7 days and today()');
  });

  it('joins what must all hold', () => {
    expect(both('x = 1', null, 'y = 2')).toBe('(x = 1) and (y = 2)');
    expect(both(null, undefined)).toBeUndefined();
  });

  it('offers only equality on sealed fields and nothing on masked ones', () => {
    expect(opsOf(field('id', 'resident_id', { encrypted: true }))).toEqual(['is', 'empty', 'filled']);
    expect(opsOf(field('id', 'text', { access: 'masked' }))).toEqual([]);
  });
});
