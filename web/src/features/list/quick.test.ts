import { describe, expect, it } from 'vitest';
import type { Field } from '@/shared/api/types.ts';
import { flipped, standing } from './QuickChips.tsx';

const field = (type: string): Field => ({
  name: 'tier', label: 'tier', type, access: 'read', required: false, unique: false, read_only: false, level: 2, encrypted: false, search: false,
});
const other = { field: 'name', op: 'filled' as const };

describe('a quick filter', () => {
  it('adds values to one condition and takes them away again', () => {
    const one = flipped({ all: [other] }, field('select'), 'vip');
    expect(one).toEqual({ all: [other, { field: 'tier', op: 'in', values: ['vip'] }] });
    const two = flipped(one, field('select'), 'private');
    expect(standing(two, field('select'))?.values).toEqual(['vip', 'private']);
    expect(flipped(flipped(two, field('select'), 'vip'), field('select'), 'private')).toEqual({ all: [other] });
  });

  it('holds beside alternatives, which stay together', () => {
    const any = { any: [other, { field: 'name', op: 'empty' as const }] };
    expect(flipped(any, field('select'), 'vip')).toEqual({ all: [any, { field: 'tier', op: 'in', values: ['vip'] }] });
  });

  it('is yes or no for a yes-or-no field', () => {
    const yes = flipped({ all: [] }, field('boolean'), 'true');
    expect(yes).toEqual({ all: [{ field: 'tier', op: 'yes' }] });
    expect(flipped(yes, field('boolean'), 'false')).toEqual({ all: [{ field: 'tier', op: 'no' }] });
    expect(flipped(yes, field('boolean'), 'true')).toEqual({ all: [] });
  });
});
