// The graph around a record on a page of its own.
import { LeftOutlined } from '@ant-design/icons';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Button, Select, Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import { NotFound } from '@/app/NotFound.tsx';
import { useObject, useObjects } from '@/meta/definitions.ts';
import { today } from '@/meta/fields/moment.ts';
import { plainTitle } from '@/meta/titles.ts';
import { useQuery } from '@tanstack/react-query';
import { call } from '@/shared/api/http.ts';
import type { RecordView } from '@/shared/api/types.ts';
import { DayInput } from '@/shared/ui/DayInput.tsx';
import { Failure } from '@/shared/ui/Failure.tsx';
import { TabStrip } from '@/shared/ui/TabStrip.tsx';
import { Around } from './Around.tsx';
import { Group } from './Group.tsx';
import { Holders } from './Holders.tsx';
import { type GraphSearch, type GraphTab, readGraphSearch, VIEWS } from './search.ts';
import { Rings } from './Rings.tsx';
import { useMeaning } from './useMeaning.ts';
import { Ways } from './Ways.tsx';
import './texts.ts';
import './graph.css';

export default function GraphPage() {
  const { t } = useTranslation('graph');
  const { object: name, id } = useParams({ from: '/app/graph/$object/$id' });
  const search = useSearch({ from: '/app/graph/$object/$id' });
  const navigate = useNavigate();
  const own = useObject(name);
  const objects = useObjects()?.objects;
  const record = useQuery({ queryKey: ['records', name, 'plain', id], queryFn: ({ signal }) => call<RecordView>(`records/${name}/${id}`, { signal }), staleTime: 30_000 });
  const { edge, graphs, meaning, none } = useMeaning(name, search.edge);
  const failed = own.error ?? record.error;
  if (failed) return <Failure error={failed} onRetry={() => void record.refetch()} page />;
  if (none) return <NotFound />;
  if (!record.data || !meaning || !edge) return <div className="graph-page"><Skeleton active className="graph-wait panel" /></div>;
  const go = (change: GraphSearch) => void navigate({ to: '/app/graph/$object/$id', params: { object: name, id }, search: readGraphSearch({ ...search, ...change }), replace: true });
  const title = plainTitle(record.data, own.data?.title);
  const about = { object: name, id, edge, on: search.on };
  const offered = VIEWS.filter((view) =>
    view === 'owners' ? meaning.definition.ownership !== null : view === 'circles' ? meaning.definition.circles.length > 0 : view === 'group' ? meaning.definition.exposure !== null : true);
  const view: GraphTab = offered.find((one) => one === search.view) ?? 'around';
  return (
    <div className="graph-page">
      <div className="graph-head">
        <Link to="/app/record/$object/$id" params={{ object: name, id }} className="graph-back"><LeftOutlined /> {t('common:back')}</Link>
        <h1 title={t('of', { title })}>{t('of', { title })}</h1>
        {graphs.length > 1 && (
          <Select aria-label={t('relation')} value={edge} onChange={(next) => go({ edge: next })} options={graphs.map((one) => ({ value: one, label: objects?.find((object) => object.name === one)?.label ?? one }))} />
        )}
        <span className="graph-day">
          <label htmlFor="graph-on">{t('on')}</label>
          <DayInput id="graph-on" clearable={false} value={search.on ?? today()} onChange={(on) => go({ on })} />
          {search.on && <Button size="small" type="link" onClick={() => go({ on: undefined })}>{t('today')}</Button>}
        </span>
      </div>
      <TabStrip label={t('title')} tabs={offered.map((one) => t(`views.${one}`))} current={offered.indexOf(view)} onChange={(index) => go({ view: offered[index] })}>
        <div className="graph-body panel">
          {view === 'around' && <Around key={`${id} ${edge}`} about={about} meaning={meaning} wheel onPath={(node) => go({ view: 'paths', to: `${node.object}:${node.id}` })} />}
          {view === 'paths' && <Ways about={about} meaning={meaning} to={search.to} onTo={(to) => go({ to })} />}
          {view === 'owners' && <Holders about={about} meaning={meaning} />}
          {view === 'circles' && <Rings about={about} meaning={meaning} />}
          {view === 'group' && <Group about={about} meaning={meaning} />}
        </div>
      </TabStrip>
    </div>
  );
}
