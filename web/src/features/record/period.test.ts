import { describe, expect, it } from 'vitest';
import { ALWAYS, periodOf, toggled } from './period.ts';

describe('a part of a timeline', () => {
  it('goes back whole days, today among them', () => {
    expect(periodOf('week', '2026-03-03', ALWAYS)).toEqual({ name: 'week', from: '2026-02-25' });
    expect(periodOf('always', '2026-03-03', { name: 'week', from: '2026-02-25' })).toEqual(ALWAYS);
  });

  it('of days of one\'s own begins with what was chosen before', () => {
    expect(periodOf('days', '2026-03-03', { name: 'week', from: '2026-02-25' })).toEqual({ name: 'days', from: '2026-02-25' });
  });

  it('takes several kinds at once, and all is none', () => {
    expect(toggled([], 'a', 3)).toEqual(['a']);
    expect(toggled(['a'], 'b', 3)).toEqual(['a', 'b']);
    expect(toggled(['a', 'b'], 'a', 3)).toEqual(['b']);
    expect(toggled(['a', 'b'], 'c', 3)).toEqual([]);
  });
});
