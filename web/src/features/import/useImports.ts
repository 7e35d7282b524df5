// Reading and driving imports.
import { useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useObject, useObjects, may } from '@/meta/definitions.ts';
import { call } from '@/shared/api/http.ts';
import type { Job, ObjectDef, ObjectEntry } from '@/shared/api/types.ts';
import { type Analysis, type Format, type ImportPlan, type Target, targets } from './plan.ts';
import { type ImportHead, type ImportWhole, MOVING } from './report.ts';

const PULSE = 800;

export type Task = 'check' | 'run' | 'undo';

/** Objects whose rows this caller may import. */
export function useImportable(): ObjectEntry[] {
  return (useObjects()?.objects ?? []).filter((object) => may(object, 'import'));
}

export function useImports(limit: number) {
  return useQuery({
    queryKey: ['imports', limit],
    queryFn: ({ signal }) => call<{ imports: ImportHead[] }>('imports', { query: { limit }, signal }),
    placeholderData: (before) => before,
    staleTime: 0,
    refetchInterval: (query) => (query.state.data?.imports.some((one) => MOVING.has(one.state)) ? 3 * PULSE : false),
  });
}

export function useImport(id: string | undefined) {
  return useQuery({
    queryKey: ['import', id],
    queryFn: ({ signal }) => call<ImportWhole>(`imports/${id}`, { signal }),
    enabled: !!id,
    staleTime: 0,
    refetchInterval: (query) => (query.state.data && MOVING.has(query.state.data.state) ? PULSE : false),
  });
}

/** The fields columns may go into, with those of child tables. */
export function useTargets(name: string | undefined): { object?: ObjectDef; all: Target[] } {
  const object = useObject(name).data;
  const tables = [...new Set((object?.fields ?? []).flatMap((field) => (field.type === 'child_table' && field.object ? [field.object] : [])))];
  const children = useQueries({
    queries: tables.map((table) => ({
      queryKey: ['definition', 'object', table],
      queryFn: () => call<ObjectDef>(`objects/${table}`),
      staleTime: Number.POSITIVE_INFINITY,
      retry: false,
    })),
  });
  const known = children.flatMap((child) => (child.data ? [child.data] : []));
  return { object, all: object ? targets(object, known) : [] };
}

export function useAnalysis(object: string | undefined, file: string | undefined, format: Format | undefined) {
  return useQuery({
    queryKey: ['import.analysis', object, file, format],
    queryFn: ({ signal }) => call<Analysis>('imports/analyse', { method: 'POST', body: { object, file, ...(format ? { format } : {}) }, signal }),
    enabled: !!object && !!file,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export async function prepare(file: string, name: string | undefined, plan: ImportPlan): Promise<ImportWhole> {
  return call<ImportWhole>('imports', { method: 'POST', body: { file, plan, ...(name ? { name } : {}) } });
}

interface Started { job: string; task: Task }

const jobKey = (id: string) => `jinyao.import.${id}`;

function started(id: string): Started | null {
  try {
    return JSON.parse(sessionStorage.getItem(jobKey(id)) ?? 'null') as Started | null;
  } catch {
    return null;
  }
}

/** The job at work on an import and what it does, as far as this browser knows. */
export function useJob(id: string, moving: boolean): { job?: Job; task?: Task } {
  const known = started(id);
  const job = useQuery({
    queryKey: ['job', known?.job],
    queryFn: ({ signal }) => call<Job>(`jobs/${known?.job}`, { signal }),
    enabled: moving && !!known,
    staleTime: 0,
    refetchInterval: moving ? PULSE : false,
  });
  return { job: moving ? job.data : undefined, task: known?.task };
}

export async function begin(id: string, task: Task): Promise<void> {
  const { job } = await call<{ job: string }>(`imports/${id}/${task}`, { method: 'POST' });
  sessionStorage.setItem(jobKey(id), JSON.stringify({ job, task } satisfies Started));
}

/** Starts a task and lets the screen follow it. */
export function useBegin(id: string) {
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const start = async (task: Task) => {
    setBusy(true);
    setProblem(null);
    try {
      await begin(id, task);
    } catch (error) {
      setProblem(error);
    }
    await queries.invalidateQueries({ queryKey: ['import', id] });
    void queries.invalidateQueries({ queryKey: ['imports'] });
    setBusy(false);
  };
  return { start, busy, problem };
}
