// Comparing all records: a job, whose progress is shown, and what it found.
import { useQuery } from '@tanstack/react-query';
import { App, Button, Progress } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '@/shared/api/http.ts';
import type { Job } from '@/shared/api/types.ts';
import { useSentence } from '@/shared/ui/Failure.tsx';
import { useRefreshAll } from './useMerges.ts';

const ENDED = new Set(['done', 'dead', 'cancelled']);

export function Scan({ object }: { object: string }) {
  const { t } = useTranslation('merge');
  const { message } = App.useApp();
  const sentence = useSentence();
  const refresh = useRefreshAll();
  const [id, setId] = useState<string | null>(null);
  const { data: job } = useQuery({
    queryKey: ['job', id],
    queryFn: ({ signal }) => call<Job>(`jobs/${id}`, { signal }),
    enabled: id !== null,
    refetchInterval: (query) => (query.state.data && ENDED.has(query.state.data.state) ? false : 800),
  });
  const ended = job && ENDED.has(job.state) ? job.state : null;
  useEffect(() => {
    if (ended) refresh();
  }, [ended, refresh]);
  const start = async () => {
    try {
      setId((await call<{ job: string }>(`records/${object}/duplicates/scan`, { method: 'POST' })).job);
    } catch (error) {
      void message.error(sentence(error));
    }
  };
  const result = (job?.result ?? {}) as { pairs?: number; found?: number };
  const percent = job?.total ? Math.floor(((job.done ?? 0) * 100) / job.total) : 0;
  return (
    <span className="merge-scan" role="status">
      {id && !ended && <><span className="muted">{t('scanning')}</span><Progress percent={percent} size="small" aria-label={t('scanning')} /></>}
      {ended === 'done' && <span>{t('scanDone', { count: result.pairs ?? result.found ?? 0 })}</span>}
      {ended && ended !== 'done' && <span className="field-problem">{t('scanFailed')}</span>}
      <Button disabled={id !== null && !ended} onClick={() => void start()}>{t('scan')}</Button>
    </span>
  );
}
