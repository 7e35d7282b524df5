// Deferred work: how far it is, what came of it, trying again and calling it off.
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Drawer, Progress, Select, Skeleton } from 'antd';
import { Fragment, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useUserNames } from '@/features/record/useUserNames.ts';
import { grouped } from '@/meta/fields/amount.ts';
import { instantText } from '@/meta/fields/moment.ts';
import { call } from '@/shared/api/http.ts';
import type { Job as Known, Json } from '@/shared/api/types.ts';
import { Failure, useSentence } from '@/shared/ui/Failure.tsx';
import { Tag } from '@/shared/ui/Tag.tsx';
import { usePhone } from '@/shared/ui/useMedia.ts';
import { useLabels } from '../labels.ts';
import { useAdminSearch } from '../useAdminSearch.ts';
import { linesOf } from './result.ts';

interface Job extends Known {
  run_at: string;
  attempts: number;
  max_attempts: number;
  created_by: string | null;
  created_at: string;
  finished_at: string | null;
}

const STATES = ['ready', 'running', 'done', 'dead', 'cancelled'] as const;
const COLORS = { ready: 'blue', running: 'cyan', done: 'green', dead: 'red', cancelled: 'gray' } as const;
const KINDS = ['import', 'handover', 'bulk_update', 'bulk_create', 'find_duplicates', 'keep_sets', 'reindex', 'reseal', 'check_measures', 'banding', 'empty_bin', 'dossier', 'erase_subject', 'erase_locked', 'remind', 'scan_files', 'sweep_files', 'load_samples', 'remove_samples'] as const;
const BUSY = new Set(['ready', 'running']);

export default function JobsPage() {
  const { t } = useTranslation('admin');
  const [search, setSearch] = useAdminSearch();
  const [open, setOpen] = useState<string>();
  const jobs = useInfiniteQuery({
    queryKey: ['admin', 'jobs', search.state, search.kind],
    queryFn: ({ pageParam, signal }) => call<{ jobs: Job[]; next: string | null }>('jobs', { query: { state: search.state, kind: search.kind, limit: 50, before: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    // Work in hand is followed; a still list is left alone.
    refetchInterval: (query) => (query.state.data?.pages.some((page) => page.jobs.some((job) => BUSY.has(job.state))) ? 3000 : false),
  });
  const all = jobs.data?.pages.flatMap((page) => page.jobs) ?? [];
  const names = useUserNames(all.map((job) => job.created_by));
  const shown = all.find((job) => job.id === open);
  return (
    <>
      <div className="admin-head"><h1>{t('jobs.title')}</h1><Button loading={jobs.isRefetching} onClick={() => void jobs.refetch()}>{t('common:reload')}</Button></div>
      <div className="admin-bar">
        <Select aria-label={t('jobs.state')} placeholder={t('jobs.state')} allowClear value={search.state} options={STATES.map((state) => ({ value: state, label: t(`jobs.states.${state}`) }))} onChange={(state) => setSearch({ state: state ?? '' })} />
        <Select aria-label={t('jobs.kind')} placeholder={t('jobs.kind')} allowClear showSearch={{ optionFilterProp: 'label' }} value={search.kind} options={KINDS.map((kind) => ({ value: kind, label: t(`jobs.kinds.${kind}`) }))} onChange={(kind) => setSearch({ kind: kind ?? '' })} />
      </div>
      {jobs.error && <Failure error={jobs.error} onRetry={() => void jobs.refetch()} />}
      <div className="panel admin-scroll">
        {jobs.isPending ? <Skeleton active className="list-skeleton" /> : (
          <table className="admin-table admin-stacked">
            <thead><tr><th>{t('jobs.kind')}</th><th>{t('jobs.state')}</th><th>{t('jobs.progress')}</th><th>{t('jobs.attempts')}</th><th>{t('jobs.by')}</th><th>{t('jobs.created')}</th><th>{t('jobs.finished')}</th><th><span className="sr-only">{t('common:more')}</span></th></tr></thead>
            <tbody>
              {all.map((job) => (
                <tr key={job.id} className={job.id === open ? 'current' : undefined}>
                  <td><button type="button" className="link" onClick={() => setOpen(job.id)}><JobName kind={job.kind} /></button></td>
                  <td><Tag color={COLORS[job.state]}>{t(`jobs.states.${job.state}`)}</Tag></td>
                  <td><Share job={job} /></td>
                  <td data-label={t('jobs.attempts')} className="tabular">{job.attempts} / {job.max_attempts}</td>
                  <td data-label={t('jobs.by')}>{names(job.created_by) ?? t('audit.system')}</td>
                  <td data-label={t('jobs.created')} className="nowrap tabular">{instantText(job.created_at, true)}</td>
                  <td data-label={t('jobs.finished')} className="nowrap tabular">{job.finished_at ? instantText(job.finished_at, true) : '—'}</td>
                  <td><Deeds job={job} /></td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {jobs.isSuccess && all.length === 0 && <p className="admin-empty">{t('jobs.none')}</p>}
      </div>
      {jobs.hasNextPage && <Button block loading={jobs.isFetchingNextPage} onClick={() => void jobs.fetchNextPage()}>{t('older')}</Button>}
      {shown && <Detail job={shown} onClose={() => setOpen(undefined)} />}
    </>
  );
}

function JobName({ kind }: { kind: string }) {
  const { t, i18n } = useTranslation('admin');
  return <>{i18n.exists(`admin:jobs.kinds.${kind}`) ? t(`jobs.kinds.${kind}`) : kind}</>;
}

function Share({ job }: { job: Job }) {
  const { t } = useTranslation('admin');
  if (job.total && job.total > 0) {
    return <div style={{ minWidth: 140 }}><Progress aria-label={t('jobs.progress')} size="small" percent={Math.floor((100 * (job.done ?? 0)) / job.total)} status={job.state === 'dead' ? 'exception' : undefined} /><span className="muted tabular">{job.done ?? 0} / {job.total}</span></div>;
  }
  return <span className="tabular">{job.done ?? 0}</span>;
}

function Deeds({ job }: { job: Job }) {
  const { t } = useTranslation('admin');
  const { message } = App.useApp();
  const sentence = useSentence();
  const queries = useQueryClient();
  const act = useMutation({
    mutationFn: (deed: 'retry' | 'cancel') => call<void>(`jobs/${job.id}/${deed}`, { method: 'POST' }),
    onError: (error) => message.error(sentence(error)),
    onSettled: () => queries.invalidateQueries({ queryKey: ['admin', 'jobs'] }),
  });
  return (
    <span className="actions">
      {(job.state === 'dead' || job.state === 'cancelled') && <Button size="small" loading={act.isPending} onClick={() => act.mutate('retry')}>{t('common:retry')}</Button>}
      {BUSY.has(job.state) && <Button size="small" danger loading={act.isPending} onClick={() => act.mutate('cancel')}>{t('jobs.cancel')}</Button>}
    </span>
  );
}

function Detail({ job, onClose }: { job: Job; onClose: () => void }) {
  const { t } = useTranslation('admin');
  const phone = usePhone();
  return (
    <Drawer open onClose={onClose} title={<JobName kind={job.kind} />} size={phone ? '100%' : 560}>
      <div className="stack">
        <dl className="facts">
          <dt>{t('jobs.state')}</dt><dd><Tag color={COLORS[job.state]}>{t(`jobs.states.${job.state}`)}</Tag></dd>
          <dt>{t('jobs.id')}</dt><dd className="code">{job.id}</dd>
          <dt>{t('jobs.runAt')}</dt><dd className="tabular">{instantText(job.run_at, true)}</dd>
          <dt>{t('jobs.progress')}</dt><dd><Share job={job} /></dd>
        </dl>
        {job.error && <><h2>{t('jobs.error')}</h2><pre className="code">{job.error}</pre></>}
        {job.result !== null && <><h2>{t('jobs.result')}</h2><Result result={job.result} /></>}
        <Deeds job={job} />
      </div>
    </Drawer>
  );
}

/** What came of it in words; as it was written for those who look further. */
function Result({ result }: { result: Json }) {
  const { t, i18n } = useTranslation('admin');
  const labels = useLabels();
  const lines = linesOf(result, (key) => i18n.exists(`admin:jobs.results.${key}`), (name) => labels.object(name) !== undefined);
  return (
    <>
      {lines.length > 0 && <dl className="facts">
        {lines.map(({ key, count, parts }) => (
          <Fragment key={key}>
            <dt>{t(`jobs.results.${key}`)}</dt>
            <dd className="tabular">{grouped(String(count))}{parts && <ul className="job-parts">{parts.map((part) => <li key={part.object}>{labels.of(part.object)} {grouped(String(part.count))}</li>)}</ul>}</dd>
          </Fragment>
        ))}
      </dl>}
      <details>
        <summary>{t('audit.raw')}</summary>
        <pre className="code">{JSON.stringify(result, null, 2)}</pre>
      </details>
    </>
  );
}
