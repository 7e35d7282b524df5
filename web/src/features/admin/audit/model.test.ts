import { describe, expect, it } from 'vitest';
import type { AuditEntry, Json } from '@/shared/api/types.ts';
import { filterOf, instants, isSealed, told } from './model.ts';

const entry = (kind: string, body: Json): AuditEntry =>
  ({ number: 1, id: 'a', at: '2026-01-01T00:00:00Z', actor: null, kind, object: 'thing', record: null, body });

describe('an audit entry', () => {
  it('tells a change as before and after', () => {
    const { changes, reason } = told(entry('update', { schema: 3, reason: '客户来电', detail: { set: { name: ['甲', '乙'], note: [null, 'x'] } } }));
    expect(changes).toEqual([
      { field: 'name', before: '甲', after: '乙', created: false },
      { field: 'note', before: null, after: 'x', created: false },
    ]);
    expect(reason).toBe('客户来电');
  });

  it('takes a list of two in a new record for a value, not for a change', () => {
    const { changes } = told(entry('create', { detail: { set: { tags: ['a', 'b'] } } }));
    expect(changes).toEqual([{ field: 'tags', after: ['a', 'b'], created: true }]);
  });

  it('knows sealed values', () => {
    expect(isSealed({ digest: 'abc' })).toBe(true);
    expect(isSealed('abc')).toBe(false);
    expect(isSealed(null)).toBe(false);
  });

  it('keeps everything else as facts, what happened before where from', () => {
    const { facts } = told(entry('login_refused', { schema: 1, ip: '10.0.0.1', cause: null, detail: { code: 'password' } }));
    expect(facts).toEqual([['code', 'password'], ['schema', 1], ['ip', '10.0.0.1']]);
  });
});

describe('a filter', () => {
  it('takes only its own words from the address', () => {
    expect(filterOf({ kind: 'update', tab: 'x', actor: '' })).toEqual({ kind: 'update' });
  });

  it('ends with the end of the last day on the institution’s clock', () => {
    expect(instants('2026-03-01', '2026-03-01')).toEqual({ from: '2026-02-28T16:00:00.000Z', until: '2026-03-01T16:00:00.000Z' });
    expect(instants()).toEqual({ from: undefined, until: undefined });
  });
});
