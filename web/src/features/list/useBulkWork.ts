// Work on the chosen rows: what it would reach, then the jobs that do it.
import { useState } from 'react';
import { call } from '@/shared/api/http.ts';
import { scopes } from './bulk.ts';
import type { ListQuery } from './useList.ts';
import type { Selection } from './useSelection.ts';

interface Reach { rows: number; not_writable: number }

export function useBulkWork(path: string, selection: Selection, query: ListQuery) {
  const [reach, setReach] = useState<Reach | null>(null);
  const [jobs, setJobs] = useState<string[] | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const ask = async (body: Record<string, unknown>, preview: boolean) => {
    setProblem(null);
    setBusy(true);
    const sum: Reach = { rows: 0, not_writable: 0 };
    const started: string[] = [];
    try {
      for (const scope of scopes(selection, query)) {
        // One after the other: each is a job of its own, and the server bounds how many run.
        // oxlint-disable-next-line no-await-in-loop
        const answer = await call<Reach & { job?: string }>(path, { method: 'POST', body: { ...scope, ...body, preview } });
        sum.rows += answer.rows;
        sum.not_writable += answer.not_writable;
        if (answer.job) started.push(answer.job);
      }
      if (preview) setReach(sum);
    } catch (error) {
      setProblem(error);
    }
    if (started.length > 0) setJobs(started);
    setBusy(false);
    return started;
  };
  /** What is asked for has changed: what it reaches is asked anew. */
  const change = () => setReach(null);
  return { reach, jobs, busy, problem, ask, change };
}
