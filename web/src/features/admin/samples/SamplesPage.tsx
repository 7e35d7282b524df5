// Sample data as a switch: loaded to try the product out, taken out before real work begins.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Radio, Skeleton } from 'antd';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '@/shared/api/http.ts';
import type { Job } from '@/shared/api/types.ts';
import { Failure, useSentence } from '@/shared/ui/Failure.tsx';
import { Followed } from '../jobs/Followed.tsx';
import { useLabels } from '../labels.ts';

interface Samples { customers?: number; loadable: boolean; job?: string }

const SIZES = [100, 1000, 10_000];
const counted = (count: number) => count.toLocaleString('en-US');

export default function SamplesPage() {
  const { t } = useTranslation('admin');
  const { message, modal } = App.useApp();
  const sentence = useSentence();
  const queries = useQueryClient();
  const [size, setSize] = useState(1000);
  const [begun, setBegun] = useState<{ id: string; way: 'in' | 'out' }>();
  const samples = useQuery({ queryKey: ['admin', 'samples'], queryFn: () => call<Samples>('samples') });
  const refetch = samples.refetch;
  // Lists and pages shown before hold records that came or went.
  const over = useCallback(() => {
    void refetch();
    void queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'admin' });
  }, [refetch, queries]);
  const turn = async (way: 'in' | 'out') => {
    try {
      const { job } = await call<{ job: string }>('samples', way === 'in' ? { method: 'POST', body: { customers: size } } : { method: 'DELETE' });
      setBegun({ id: job, way });
    } catch (error) {
      void message.error(sentence(error));
    }
    await refetch();
  };
  const ask = () => void modal.confirm({
    title: t('samples.removeAsk'), content: t('samples.removeHint'), okText: t('samples.remove'), okButtonProps: { danger: true }, cancelText: t('common:cancel'), onOk: () => turn('out'),
  });
  const { data } = samples;
  const job = begun ?? (data?.job ? { id: data.job, way: data.customers ? 'out' as const : 'in' as const } : undefined);
  return (
    <>
      <div className="admin-head"><h1>{t('samples.title')}</h1></div>
      <p className="muted">{t('samples.hint')}</p>
      {samples.error && <Failure error={samples.error} onRetry={() => void refetch()} />}
      {samples.isPending && <Skeleton active />}
      {data && (
        <div className="panel stack samples">
          <h2>{data.customers ? t('samples.there', { number: counted(data.customers) }) : t('samples.none')}</h2>
          {!data.job && data.customers !== undefined && <div><Button danger onClick={ask}>{t('samples.remove')}</Button></div>}
          {!data.job && data.customers === undefined && !data.loadable && <Alert type="info" showIcon title={t('samples.notEmpty')} />}
          {!data.job && data.loadable && (
            <>
              <Radio.Group value={size} onChange={(event) => setSize(event.target.value as number)} aria-label={t('samples.size')} optionType="button" options={SIZES.map((count) => ({ value: count, label: t('samples.customers', { number: counted(count) }) }))} />
              <p className="muted">{t('samples.loadHint')}</p>
              <div><Button type="primary" onClick={() => void turn('in')}>{t('samples.load')}</Button></div>
            </>
          )}
          {job && <Followed key={job.id} id={job.id} onOver={over} outcome={job.way === 'in' ? Loaded : Removed} />}
        </div>
      )}
    </>
  );
}

function Loaded({ job }: { job: Job }) {
  return <Moved job={job} way="loaded" />;
}

function Removed({ job }: { job: Job }) {
  return <Moved job={job} way="removed" />;
}

/** What came or went, object by object. */
function Moved({ job, way }: { job: Job; way: 'loaded' | 'removed' }) {
  const { t } = useTranslation('admin');
  const labels = useLabels();
  const records = (job.result as { records?: Record<string, number> } | null)?.records ?? {};
  const rows = Object.entries(records).sort(([, a], [, b]) => b - a);
  const total = rows.reduce((sum, [, count]) => sum + count, 0);
  return (
    <>
      <Alert type="success" showIcon title={t(`samples.${way}`, { number: counted(total) })} />
      <table className="admin-table">
        <thead><tr><th>{t('samples.object')}</th><th className="figure">{t('samples.records')}</th></tr></thead>
        <tbody>{rows.map(([object, count]) => <tr key={object}><td>{labels.of(object)}</td><td className="figure tabular">{counted(count)}</td></tr>)}</tbody>
      </table>
    </>
  );
}
