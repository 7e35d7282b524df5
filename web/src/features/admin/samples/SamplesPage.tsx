// Sample data as a switch: loaded to try the product out, taken out before real work begins.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Radio, Skeleton } from 'antd';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { grouped } from '@/meta/fields/amount.ts';
import { call } from '@/shared/api/http.ts';
import type { Job } from '@/shared/api/types.ts';
import { Failure, useSentence } from '@/shared/ui/Failure.tsx';
import { Followed } from '../jobs/Followed.tsx';
import { useLabels } from '../labels.ts';

interface Samples { customers?: number; loadable: boolean; job?: string }

const SIZES = [100, 1000, 10_000];
const counted = (count: number) => grouped(String(count));

export default function SamplesPage() {
  const { t } = useTranslation('admin');
  const { message, modal } = App.useApp();
  const sentence = useSentence();
  const queries = useQueryClient();
  const [size, setSize] = useState(1000);
  const [begun, setBegun] = useState<string>();
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
      setBegun(job);
    } catch (error) {
      void message.error(sentence(error));
    }
    await refetch();
  };
  const ask = () => void modal.confirm({
    title: t('samples.removeAsk'), content: t('samples.removeHint'), okText: t('samples.remove'), okButtonProps: { danger: true }, cancelText: t('common:cancel'), onOk: () => turn('out'),
  });
  const { data } = samples;
  const job = data?.job ?? begun;
  return (
    <>
      <div className="admin-head"><h1>{t('samples.title')}</h1></div>
      <p className="muted">{t('samples.hint')}</p>
      {samples.error && <Failure error={samples.error} onRetry={() => void refetch()} />}
      {samples.isPending && <Skeleton active />}
      {data && (
        <div className="panel stack samples">
          {!data.job && <h2>{data.customers ? t('samples.there', { number: counted(data.customers) }) : t('samples.none')}</h2>}
          {!data.job && data.customers !== undefined && <div><Button danger onClick={ask}>{t('samples.remove')}</Button></div>}
          {!data.job && data.customers === undefined && !data.loadable && <Alert type="info" showIcon title={t('samples.notEmpty')} />}
          {!data.job && data.loadable && (
            <>
              <Radio.Group value={size} onChange={(event) => setSize(event.target.value as number)} aria-label={t('samples.size')} optionType="button" options={SIZES.map((count) => ({ value: count, label: t('samples.customers', { number: counted(count) }) }))} />
              <p className="muted">{t('samples.loadHint')}</p>
              <div><Button type="primary" onClick={() => void turn('in')}>{t('samples.load')}</Button></div>
            </>
          )}
          {job && <Followed key={job} id={job} onOver={over} outcome={Moved} />}
        </div>
      )}
    </>
  );
}

interface Result { records?: Record<string, number>; kept?: Record<string, number> }

/** What came or went, object by object, and what was kept. */
function Moved({ job }: { job: Job }) {
  const { t } = useTranslation('admin');
  const labels = useLabels();
  const { records = {}, kept = {} } = (job.result ?? {}) as Result;
  const rows = Object.entries(records).sort(([, a], [, b]) => b - a);
  const total = rows.reduce((sum, [, count]) => sum + count, 0);
  const left = Object.entries(kept).map(([object, count]) => `${labels.of(object)} ${counted(count)}`);
  return (
    <>
      <Alert type="success" showIcon title={t(job.kind === 'load_samples' ? 'samples.loaded' : 'samples.removed', { number: counted(total) })} />
      {left.length > 0 && <Alert type="warning" showIcon title={t('samples.kept', { what: left.join(t('list:listComma')) })} />}
      {rows.length > 0 && (
        <table className="admin-table">
          <thead><tr><th>{t('samples.object')}</th><th className="figure">{t('samples.records')}</th></tr></thead>
          <tbody>{rows.map(([object, count]) => <tr key={object}><td>{labels.of(object)}</td><td className="figure tabular">{counted(count)}</td></tr>)}</tbody>
        </table>
      )}
    </>
  );
}
