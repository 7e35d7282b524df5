// Exports that somebody else must approve: who asks for what, and what became of it.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMe } from '@/meta/definitions.ts';
import { call, send } from '@/shared/api/http.ts';
import { saveBlob } from '@/shared/ui/saveBlob.ts';

export interface ExportRequest {
  id: string;
  object: string;
  label: string;
  columns: string[];
  titles: Record<string, string>;
  filter: string | null;
  which: string | null;
  search: string | null;
  format: 'csv' | 'xlsx';
  purpose: string;
  rows: number;
  clear: string[];
  with: string | null;
  asked_at: string;
  state: 'open' | 'approved' | 'refused' | 'withdrawn';
  decided_at: string | null;
  note: string | null;
  valid_until: string | null;
}

export type ExportBox = 'asked' | 'to_answer';

/** Codes of a refusal after which one may ask for approval. */
const NEEDS = ['approval_rows', 'approval_clear'];

export const needsApproval = (violations: { code: string }[]): boolean => violations.some(({ code }) => NEEDS.includes(code));

/** Whether the file may be taken now. */
export const ready = (request: ExportRequest, now: number): boolean =>
  request.state === 'approved' && request.valid_until !== null && Date.parse(request.valid_until) > now;

/** Whether an approval has run out. */
export const over = (request: ExportRequest, now: number): boolean => request.state === 'approved' && !ready(request, now);

/** Requests in a box, for those it can concern. */
export function useExportRequests(box: ExportBox, watched: { staleTime?: number; refetchInterval?: number; refetchOnWindowFocus?: boolean } = {}) {
  const me = useMe();
  const concerns = box === 'asked' ? (me?.export_rows ?? 0) > 0 : me?.rights.includes('approve_exports') ?? false;
  return useQuery({
    queryKey: ['export-requests', box],
    queryFn: ({ signal }) => call<{ requests: ExportRequest[] }>('export-requests', { query: { box }, signal }).then(({ requests }) => requests),
    ...watched,
    enabled: concerns,
  });
}

/** Reads the boxes again after something was done. */
export function useRefresh(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: ['export-requests'] });
}

export async function takeFile(request: ExportRequest): Promise<void> {
  await saveBlob(await send(`export-requests/${request.id}/file`, { method: 'POST', body: {} }), `${request.label}.${request.format}`);
}
