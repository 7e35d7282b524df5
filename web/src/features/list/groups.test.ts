import { describe, expect, it } from 'vitest';
import type { Field, ObjectDef } from '@/shared/api/types.ts';
import { groupable, groupField, groupFilter, spanEnd, spansOf, spanText } from './groups.ts';

const field = (name: string, type: string, more: Partial<Field> = {}): Field => ({
  name, label: name, type, access: 'read', required: false, unique: false, read_only: false, level: 2, encrypted: false, search: false, ...more,
});
const day = field('on', 'date');
const object = { fields: [day, field('tier', 'select'), field('name', 'text')] } as unknown as ObjectDef;

describe('grouping', () => {
  it('goes by values of choices and by spans of dates', () => {
    expect(spansOf(day)).toEqual(['on:month', 'on:quarter', 'on:year']);
    expect(groupable(field('owner', 'user'))).toBe(true);
    expect(groupable(field('name', 'text'))).toBe(false);
    expect(groupable(field('tier', 'select', { access: 'masked' }))).toBe(false);
    expect(groupable(field('party', 'reference', { to: ['a', 'b'] }))).toBe(false);
  });

  it('refuses what an address may hold wrongly', () => {
    expect(groupField(object, 'tier')?.field.name).toBe('tier');
    expect(groupField(object, 'on:month')?.span).toBe('month');
    for (const by of ['on', 'on:week', 'tier:month', 'gone', 'name', '']) expect(groupField(object, by), by).toBeUndefined();
  });

  it('knows the rows of a group', () => {
    expect(groupFilter(field('tier', 'select'), undefined, "v'ip")).toBe("tier = 'v''ip'");
    expect(groupFilter(field('tier', 'select'), undefined, null)).toBe('tier is empty');
    expect(groupFilter(field('ok', 'boolean'), undefined, false)).toBe('ok = false');
    expect(groupFilter(day, 'quarter', '2025-10-01')).toBe("on >= '2025-10-01' and on < '2026-01-01'");
    expect(groupFilter(field('at', 'date_time'), 'month', '2026-02-01')).toBe("date_of(at) >= '2026-02-01' and date_of(at) < '2026-03-01'");
  });

  it('ends spans where the next begins', () => {
    expect(spanEnd('2024-02-29', 'day')).toBe('2024-03-01');
    expect(spanEnd('2025-12-01', 'month')).toBe('2026-01-01');
    expect(spanEnd('2024-01-01', 'year')).toBe('2025-01-01');
    expect(spanText('2025-10-01', 'quarter')).toBe('2025 Q4');
    expect(spanText('2025-10-01', 'month')).toBe('2025-10');
  });
});
