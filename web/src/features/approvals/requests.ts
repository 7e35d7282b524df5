// What somebody else must approve: who asks for what, and what became of it.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMe } from '@/meta/definitions.ts';
import { call, send } from '@/shared/api/http.ts';
import { isProblem, type Violation } from '@/shared/api/problem.ts';
import { saveBlob } from '@/shared/ui/saveBlob.ts';

export interface ExportAsked {
  columns: string[];
  titles: Record<string, string>;
  filter: string | null;
  which: string | null;
  search: string | null;
  format: 'csv' | 'xlsx';
  rows: number;
  clear: string[];
}

export interface RevealAsked { record: string; field: string; title: string }

export interface Approval {
  id: string;
  kind: 'export' | 'reveal';
  object: string;
  label: string;
  purpose: string;
  with: string | null;
  asked_at: string;
  state: 'open' | 'approved' | 'refused' | 'withdrawn';
  decided_at: string | null;
  note: string | null;
  valid_until: string | null;
  export?: ExportAsked;
  reveal?: RevealAsked;
}

export type ApprovalBox = 'asked' | 'to_answer';

/** Codes of a refusal after which one may ask for approval. */
const NEEDS = new Set(['approval_rows', 'approval_clear', 'approval_reveal']);

/** What a refusal says of an approval that is needed first. */
export const neededApproval = (problem: unknown): Violation | undefined =>
  (isProblem(problem) ? problem.violations.find(({ code }) => NEEDS.has(code)) : undefined);

/** Whether it may be done now. */
export const ready = (approval: Approval, now: number): boolean =>
  approval.state === 'approved' && approval.valid_until !== null && Date.parse(approval.valid_until) > now;

/** Whether an approval has run out. */
export const over = (approval: Approval, now: number): boolean => approval.state === 'approved' && !ready(approval, now);

/** Requests in a box, for those it can concern. */
export function useApprovals(box: ApprovalBox, watched: { staleTime?: number; refetchInterval?: number; refetchOnWindowFocus?: boolean } = {}) {
  const me = useMe();
  const asks = (me?.export_rows ?? 0) > 0 || me?.reveal_approval === true;
  const answers = me?.rights.some((right) => right === 'approve_exports' || right === 'approve_reveals') ?? false;
  return useQuery({
    queryKey: ['approvals', box],
    queryFn: ({ signal }) => call<{ approvals: Approval[] }>('approvals', { query: { box }, signal }).then(({ approvals }) => approvals),
    ...watched,
    enabled: box === 'asked' ? asks : answers,
  });
}

/** Reads the boxes again after something was done. */
export function useRefresh(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: ['approvals'] });
}

export async function takeFile(approval: Approval): Promise<void> {
  await saveBlob(await send(`approvals/${approval.id}/file`, { method: 'POST', body: {} }), `${approval.label}.${approval.export?.format ?? 'csv'}`);
}
