// The desk for duplicates: pairs to decide, what was merged, what was kept apart, and requests to
// see what somebody else owns.
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Segmented, Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import { NotFound } from '@/app/NotFound.tsx';
import { may, useObject } from '@/meta/definitions.ts';
import { TabStrip } from '@/shared/ui/TabStrip.tsx';
import { Compare } from './Compare.tsx';
import { MergeList } from './MergeList.tsx';
import { pairOf } from './model.ts';
import { PairList } from './PairList.tsx';
import { Requests } from './Requests.tsx';
import { Scan } from './Scan.tsx';
import { type MergeSearch, readMergeSearch, TABS } from './search.ts';
import { useCompared } from './useMerges.ts';
import './texts.ts';
import './merges.css';

export default function MergesPage() {
  const { t } = useTranslation('merge');
  const search = useSearch({ from: '/app/merges' });
  const navigate = useNavigate();
  const compared = useCompared();
  const entry = compared?.find((object) => object.name === search.object) ?? compared?.[0];
  const { data: object } = useObject(entry?.name);
  const go = (change: MergeSearch, replace = true) => void navigate({ to: '/app/merges', search: readMergeSearch({ ...search, ...change }), replace });
  if (compared && !entry) return <NotFound />;
  if (!compared || !object) return <div className="merge-page"><Skeleton active className="panel merge-wait" /></div>;
  const mergeable = may(object, 'merge');
  const tabs = TABS.filter((tab) => tab !== 'merged' || mergeable);
  const tab = tabs.find((one) => one === search.tab) ?? 'open';
  const pair = pairOf(search.pair);
  if (pair) return <div className="merge-page"><Compare key={search.pair} object={object} ids={pair} onBack={() => go({ pair: undefined })} /></div>;
  return (
    <div className="merge-page">
      <header className="merge-head">
        <h1>{t('title')}</h1>
        {compared.length > 1 && tab !== 'requests' && (
          <Segmented aria-label={t('objects')} value={object.name} onChange={(next) => go({ object: String(next) })} options={compared.map((one) => ({ value: one.name, label: one.label }))} />
        )}
        <span className="related-gap" />
        {mergeable && tab === 'open' && <Scan key={object.name} object={object.name} />}
      </header>
      <TabStrip label={t('title')} tabs={tabs.map((one) => t(`tabs.${one}`))} current={tabs.indexOf(tab)} onChange={(index) => go({ tab: tabs[index] })}>
        {(tab === 'open' || tab === 'dismissed') && <PairList key={`${object.name} ${tab}`} object={object} state={tab} mergeable={mergeable} onCompare={(one, other) => go({ object: object.name, pair: `${one}.${other}` }, false)} />}
        {tab === 'merged' && <MergeList key={object.name} object={object} />}
        {tab === 'requests' && <Requests />}
      </TabStrip>
    </div>
  );
}
