// A job that was just begun, followed to its end.
import { useQuery } from '@tanstack/react-query';
import { Alert, Progress, Skeleton } from 'antd';
import { type ComponentType, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { grouped } from '@/meta/fields/amount.ts';
import { call } from '@/shared/api/http.ts';
import type { Job } from '@/shared/api/types.ts';
import { Failure } from '@/shared/ui/Failure.tsx';

const OVER = ['done', 'dead', 'cancelled'];

interface Props { id: string; outcome: ComponentType<{ job: Job }>; onOver?: () => void }

export function Followed({ id, outcome: Outcome, onOver }: Props) {
  const { t } = useTranslation('admin');
  const job = useQuery({
    queryKey: ['admin', 'job', id], queryFn: () => call<Job>(`jobs/${id}`),
    refetchInterval: (query) => (query.state.data && OVER.includes(query.state.data.state) ? false : 1000),
  });
  const over = job.data !== undefined && OVER.includes(job.data.state);
  useEffect(() => {
    if (over) onOver?.();
  }, [over, onOver]);
  if (job.error) return <Failure error={job.error} onRetry={() => void job.refetch()} />;
  if (!job.data) return <Skeleton active />;
  const { state, done, total, error } = job.data;
  const share = total ? Math.floor((100 * (done ?? 0)) / total) : 0;
  return (
    <div className="stack" aria-live="polite">
      <Progress aria-label={t('jobs.progress')} percent={state === 'done' ? 100 : share} showInfo={state === 'done' || Boolean(total)} status={state === 'dead' ? 'exception' : state === 'done' ? 'success' : 'active'} />
      <p className="tabular">{t(`jobs.states.${state}`)}{done ? ` · ${grouped(String(done))}${total ? ` / ${grouped(String(total))}` : ''}` : ''}</p>
      {state === 'done' && <Outcome job={job.data} />}
      {error && <Alert type="error" showIcon title={error} />}
      {!over && <p className="muted">{t('jobs.goesOn')}</p>}
    </div>
  );
}
