// Asks for what waits, now and then while somebody looks, and remembers what was read.
import { useQueries, useQuery } from '@tanstack/react-query';
import { useMe, useObjects } from '@/meta/definitions.ts';
import { today } from '@/meta/fields/moment.ts';
import { call } from '@/shared/api/http.ts';
import type { ObjectDef, Page } from '@/shared/api/types.ts';
import { useStored } from '@/shared/ui/stored.ts';
import { useApprovals } from '@/features/approvals/requests.ts';
import { answered, dueNotices, jobNotices, type Notice, ordered, type OwnJob, readAlso, type ShareRequest, shareNotices, toApprove } from './model.ts';

const EVERY = 60_000;
const DUE = 20;
const JOBS = 30;

export interface Notifications { notices: Notice[]; definitions: Map<string, ObjectDef>; unread: Set<string>; read: (keys: string[]) => void; pending: boolean; error: unknown; refetch: () => void }

export function useNotifications(): Notifications {
  const me = useMe();
  const objects = useObjects()?.objects ?? [];
  const [seen, setSeen] = useStored<string[]>(`notices.${me?.user ?? ''}`, []);
  const watched = { staleTime: EVERY / 2, refetchInterval: EVERY, refetchOnWindowFocus: true } as const;
  const shares = useQuery({ queryKey: ['notices', 'shares'], queryFn: () => call<{ requests: ShareRequest[] }>('share-requests'), ...watched, enabled: !!me });
  const jobs = useQuery({ queryKey: ['notices', 'jobs'], queryFn: () => call<{ jobs: OwnJob[] }>('jobs', { query: { limit: JOBS } }), ...watched, enabled: !!me });
  const toAnswer = useApprovals('to_answer', watched);
  const asked = useApprovals('asked', watched);
  const telling = objects.filter((object) => object.notify && object.actions.includes('read'));
  const definitions = useQueries({
    queries: telling.map((object) => ({
      queryKey: ['definition', 'object', object.name],
      queryFn: () => call<ObjectDef>(`objects/${object.name}`),
      staleTime: Number.POSITIVE_INFINITY,
    })),
    combine: (results) => results.flatMap((result) => result.data ?? []),
  });
  const views = definitions.flatMap((object) => object.views.filter((view) => view.notify).map((view) => ({ object, view })));
  const due = useQueries({
    queries: views.map(({ object, view }) => ({
      queryKey: ['records', object.name, 'notify', view.name],
      queryFn: () => call<Page>(`views/${view.name}`, { query: { limit: DUE, expand: true } }),
      ...watched,
    })),
  });
  const day = today();
  const notices = ordered([
    ...shareNotices(shares.data?.requests ?? []),
    ...toApprove(toAnswer.data ?? []),
    ...answered(asked.data ?? [], day),
    ...jobNotices(jobs.data?.jobs ?? [], me?.user ?? '', day),
    ...views.flatMap(({ object, view }, at) => dueNotices(view, object.fields, due[at]?.data?.records ?? [], day)),
  ]);
  const all = [shares, jobs, ...[toAnswer, asked].filter((box) => box.isEnabled), ...due];
  return {
    notices,
    definitions: new Map(definitions.map((object) => [object.name, object])),
    unread: new Set(notices.map((notice) => notice.key).filter((key) => !seen.includes(key))),
    read: (keys) => setSeen(readAlso(seen, keys)),
    pending: all.some((one) => one.isPending),
    error: all.find((one) => one.error && !one.data)?.error ?? null,
    refetch: () => all.forEach((one) => void one.refetch()),
  };
}
