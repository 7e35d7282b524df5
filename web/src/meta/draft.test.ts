import { describe, expect, it } from 'vitest';
import type { Json, RecordView } from '@/shared/api/types.ts';
import { changes, conflicts, kept, resolved, takenUp } from './draft.ts';

const record = (version: number, values: Record<string, Json>, masked: string[] = []): RecordView => ({ object: 'x', id: '1', version, values, masked });

describe('a draft', () => {
  it('sends only what differs', () => {
    const base = record(1, { a: '1', b: { amount: '1.00', currency: 'CNY' }, c: null });
    expect(changes(base, { a: '1', b: { amount: '2.00', currency: 'CNY' }, c: null })).toEqual({ b: { amount: '2.00', currency: 'CNY' } });
  });

  it('sends a new value for a masked field whatever the mask was', () => {
    expect(changes(record(1, { a: '1**4' }, ['a']), { a: '1234' })).toEqual({ a: '1234' });
  });

  it('is in conflict only where both changed one field to different values', () => {
    const base = record(1, { a: '1', b: '1', c: '1', d: '1' });
    const theirs = record(2, { a: '2', b: '2', c: '1', d: '3' });
    const mine = { a: '3', b: '2', c: '9' };
    expect(conflicts(base, theirs, mine)).toEqual([{ field: 'a', original: '1', theirs: '2', mine: '3' }]);
    expect(resolved(theirs, mine, new Set())).toEqual({ a: '3', c: '9' });
    expect(resolved(theirs, mine, new Set(['a']))).toEqual({ c: '9' });
  });

  it('that was kept is taken up on what it was made on, without what may no longer be written', () => {
    const then = record(1, { a: '1', b: '1', c: '1' });
    const draft = kept(then, { a: '2', c: '3' });
    expect(draft).toEqual({ version: 1, before: { a: '1', c: '1' }, values: { a: '2', c: '3' } });
    const now = { ...record(4, { a: '9', b: '8', c: '1' }), access: { actions: [], write: ['a', 'b'], reveal: [] } };
    const { base, values } = takenUp(now, draft);
    expect(values).toEqual({ a: '2' });
    expect(base.version).toBe(1);
    expect(conflicts(base, now, values)).toEqual([{ field: 'a', original: '1', theirs: '9', mine: '2' }]);
  });
});
