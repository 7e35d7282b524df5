import { describe, expect, it } from 'vitest';
import type { Approval } from '@/features/approvals/requests.ts';
import type { Field, View } from '@/shared/api/types.ts';
import { answered, dueNotices, jobNotices, ordered, type OwnJob, readAlso, type ShareRequest, shareNotices, toApprove } from './model.ts';

const view: View = { name: 'v', label: '今日到期', columns: ['subject', 'due_on'], filter: null, sort: [] };
const fields = [{ name: 'due_on', type: 'date' }, { name: 'subject', type: 'text' }] as Field[];
const record = (id: string, due: string | null) => ({ object: 'x', id, version: 1, masked: [], values: { subject: id, due_on: due } });
const job = (id: string, more: Partial<OwnJob>): OwnJob =>
  ({ id, kind: 'bulk_update', state: 'done', done: 1, total: 1, result: null, error: null, created_by: 'me', created_at: '', finished_at: '2026-03-02T01:00:00Z', ...more });
const request: ShareRequest = { id: 'r', object: 'x', record: '1', with: '王', asked_at: '2026-03-01T00:00:00Z', reason: '协作', state: 'open' };

describe('notices', () => {
  it('tell of due rows each day anew', () => {
    const [one] = dueNotices(view, fields, [record('a', '2026-03-01')], '2026-03-02');
    const [next] = dueNotices(view, fields, [record('a', '2026-03-01')], '2026-03-03');
    expect(one).toMatchObject({ kind: 'due', at: '2026-03-01' });
    expect(one?.key).not.toBe(next?.key);
  });

  it('tell of own jobs that ended lately, and of no others', () => {
    const jobs = [job('1', {}), job('2', { created_by: 'other' }), job('3', { state: 'running', finished_at: null }), job('4', { state: 'dead' }), job('5', { finished_at: '2026-01-01T00:00:00Z' })];
    expect(jobNotices(jobs, 'me', '2026-03-03').map((notice) => notice.key)).toEqual(['job 1', 'job 4']);
  });

  it('stand in the order in which they press', () => {
    const due = dueNotices(view, fields, [record('late', '2026-02-01'), record('now', '2026-03-02')], '2026-03-02');
    const all = ordered([...due.toReversed(), ...jobNotices([job('old', {}), job('new', { finished_at: '2026-03-02T09:00:00Z' })], 'me', '2026-03-03'), ...shareNotices([request, { ...request, id: 's', state: 'accepted' }])]);
    expect(all.map((notice) => notice.key)).toEqual(['share r', 'job new', 'job old', 'due v late 2026-03-02', 'due v now 2026-03-02']);
  });

  it('tell of approvals that wait, and of one’s own that were answered lately', () => {
    const wish: Approval = { id: 'e', kind: 'reveal', object: 'x', label: 'X', purpose: '核对', with: null, asked_at: '2026-03-01T00:00:00Z', state: 'open', decided_at: null, note: null, valid_until: null };
    const approved: Approval = { ...wish, state: 'approved', decided_at: '2026-03-02T00:00:00Z' };
    const old: Approval = { ...approved, id: 'o', decided_at: '2026-01-01T00:00:00Z' };
    const all = ordered([...jobNotices([job('1', {})], 'me', '2026-03-03'), ...answered([approved, wish, old], '2026-03-03'), ...toApprove([{ ...wish, id: 'f' }])]);
    expect(all.map((notice) => notice.key)).toEqual(['approval f', 'job 1', 'approval e approved']);
  });

  it('are remembered as read within a bound', () => {
    expect(readAlso(['a', 'b'], ['b', 'c'])).toEqual(['b', 'c', 'a']);
    expect(readAlso(Array.from({ length: 500 }, (_, at) => String(at)), ['new'])).toHaveLength(400);
  });
});
