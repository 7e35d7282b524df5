// What waits for a person and what has come to an end. Nothing of it is stored: requests, due rows
// and jobs are read from where they are, so that it is never out of date and shows only what its
// reader may see. Only what was read already is remembered.
import type { Approval } from '@/features/approvals/requests.ts';
import { daysFromToday } from '@/meta/fields/moment.ts';
import type { Field, Job, RecordView, View } from '@/shared/api/types.ts';

/** A request to share a record, as its owner sees it. */
export interface ShareRequest { id: string; object: string; record?: string; with: string | null; asked_at: string; reason: string; state: string }

export interface OwnJob extends Job { created_by: string | null; created_at: string; finished_at: string | null }

export type Notice =
  | { kind: 'share'; key: string; at: string; request: ShareRequest }
  | { kind: 'due'; key: string; at: string; view: View; record: RecordView; days: number }
  | { kind: 'job'; key: string; at: string; job: OwnJob }
  | { kind: 'approval'; key: string; at: string; approval: Approval; answers: boolean };

const JOB_DAYS = 7;
const MOST_READ = 400;

/** The day by which a row of a view is due: the first date among its columns. */
export function dueOn(view: View, fields: Field[], record: RecordView): string | undefined {
  const day = view.columns.find((column) => fields.some((field) => field.name === column && field.type === 'date'));
  const value = day ? record.values[day] : undefined;
  return typeof value === 'string' ? value : undefined;
}

export function shareNotices(requests: ShareRequest[]): Notice[] {
  return requests.filter((request) => request.state === 'open').map((request) => ({ kind: 'share', key: `share ${request.id}`, at: request.asked_at, request }));
}

/** What waits for one's approval. */
export function toApprove(approvals: Approval[]): Notice[] {
  return approvals.map((approval) => ({ kind: 'approval', key: `approval ${approval.id}`, at: approval.asked_at, approval, answers: true }));
}

/** One's own requests that were answered within the last days. */
export function answered(approvals: Approval[], today: string): Notice[] {
  return approvals
    .filter(({ state }) => state === 'approved' || state === 'refused')
    .filter((approval) => Date.parse(today) - Date.parse(approval.decided_at ?? '') < JOB_DAYS * 86_400_000)
    .map((approval) => ({ kind: 'approval', key: `approval ${approval.id} ${approval.state}`, at: approval.decided_at ?? '', approval, answers: false }));
}

/** A row that is still due tomorrow is told again tomorrow. */
export function dueNotices(view: View, fields: Field[], records: RecordView[], today: string): Notice[] {
  return records.map((record) => {
    const at = dueOn(view, fields, record) ?? today;
    return { kind: 'due', key: `due ${view.name} ${record.id} ${today}`, at, view, record, days: daysFromToday(at) };
  });
}

/** One's own jobs that ended within the last days. */
export function jobNotices(jobs: OwnJob[], me: string, today: string): Notice[] {
  return jobs
    .filter((job) => job.created_by === me && job.finished_at && (job.state === 'done' || job.state === 'dead'))
    .filter((job) => Date.parse(today) - Date.parse(job.finished_at ?? '') < JOB_DAYS * 86_400_000)
    .map((job) => ({ kind: 'job', key: `job ${job.id}`, at: job.finished_at ?? '', job }));
}

const RANK = { share: 0, approval: 0, job: 1, due: 2 } as const;

const rank = (notice: Notice): number => (notice.kind === 'approval' && !notice.answers ? RANK.job : RANK[notice.kind]);

/** Requests first, then answers and jobs with the newest first, then rows with the longest due first. */
export function ordered(notices: Notice[]): Notice[] {
  return [...notices].sort((a, b) => rank(a) - rank(b) || (a.kind === 'due' ? a.at.localeCompare(b.at) : b.at.localeCompare(a.at)));
}

/** The keys to remember as read: old ones go when there are too many. */
export function readAlso(read: string[], keys: string[]): string[] {
  return [...new Set([...keys, ...read])].slice(0, MOST_READ);
}
