import { describe, expect, it } from 'vitest';
import type { Field } from '@/shared/api/types.ts';
import { both, conditionText, filterText, opsOf } from './conditions.ts';

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

  it('compares instants by their civil date', () => {
    expect(conditionText({ field: 'at', op: 'past_days', value: '7' }, field('at', 'date_time'))).toBe('date_of(at) between today() - 7 days and today()');
    expect(conditionText({ field: 'on', op: 'past_days', value: '7' }, field('on', 'date'))).toBe('on between today() - 7 days and today()');
  });

  it('joins groups by and, their members by or', () => {
    const fields = [field('a', 'boolean'), field('b', 'boolean')];
    const groups = [{ any: [{ field: 'a', op: 'yes' as const }, { field: 'b', op: 'no' as const }] }, { any: [{ field: 'gone', op: 'yes' as const }] }, { any: [{ field: 'b', op: 'filled' as const }] }];
    expect(filterText(groups, fields)).toBe('(a = true or b = false) and b is not empty');
    expect(both('x = 1', null, 'y = 2')).toBe('(x = 1) and (y = 2)');
    expect(both(null, undefined)).toBeUndefined();
  });

  it('offers only equality on sealed fields and nothing on masked ones', () => {
    expect(opsOf(field('id', 'resident_id', { encrypted: true }))).toEqual(['is', 'empty', 'filled']);
    expect(opsOf(field('id', 'text', { access: 'masked' }))).toEqual([]);
  });
});
