// The list of any object: views, conditions, rows, and a record beside them.
import { useNavigate, useParams } from '@tanstack/react-router';
import { Button, Skeleton } from 'antd';
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { may, useObject } from '@/meta/definitions.ts';
import { leaveTrail } from '@/meta/trail.ts';
import type { RecordView } from '@/shared/api/types.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { useMedia, usePhone } from '@/shared/ui/useMedia.ts';
import { BulkBar } from './BulkBar.tsx';
import { Cards } from './Cards.tsx';
import { FilterChips } from './FilterChips.tsx';
import { Rows } from './Rows.tsx';
import { Toolbar } from './Toolbar.tsx';
import { ViewTabs } from './ViewTabs.tsx';
import { useCount, useList } from './useList.ts';
import { useListState } from './useListState.ts';
import { useSelection } from './useSelection.ts';
import './list.css';

const SidePanel = lazy(() => import('../record/SidePanel.tsx'));

export default function ListPage() {
  const { t } = useTranslation('list');
  const { object: name } = useParams({ from: '/app/list/$object' });
  const definition = useObject(name);
  const object = definition.data;
  const state = useListState(object, t('allRecords'));
  const phone = usePhone();
  const wide = useMedia('(min-width: 1100px)');
  const navigate = useNavigate();
  const [exact, setExact] = useState(false);
  const list = useList(state.query);
  const count = useCount(state.query, exact);
  const selection = useSelection(list.rows, state.query);
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = list;
  const ids = useMemo(() => list.rows.map((row) => row.id), [list.rows]);
  useEffect(() => leaveTrail({ object: name, ids }), [name, ids]);
  useEffect(() => setExact(false), [state.query]);

  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const { set } = state;
  const open = (row: RecordView) => {
    if (wide) set({ open: row.id }, true);
    else void navigate({ to: '/app/record/$object/$id', params: { object: row.object, id: row.id } });
  };
  const create = () => void navigate({ to: '/app/new/$object', params: { object: name } });

  if (definition.error) return <Failure error={definition.error} onRetry={() => void definition.refetch()} page />;
  if (!object || !state.view) return <div className="list-page"><Skeleton active className="list-skeleton" /></div>;

  const filtered = !!state.search.q || state.groups.length > 0;
  const failed = list.error && !list.isFetching;
  return (
    <div className={`list-page${state.search.open && wide ? ' list-split' : ''}`}>
      <div className="list-main">
        <div className="list-title">
          <h1>{object.label}</h1>
          {count && (
            <button type="button" className="list-count" title={count.more ? t('exact') : undefined} disabled={!count.more} onClick={() => setExact(true)}>
              {t(count.more ? 'common:count.capped' : 'common:count.some', { count: count.rows })}
            </button>
          )}
        </div>
        <ViewTabs state={state} object={object} />
        <Toolbar state={state} object={object} count={count} onCreate={may(object, 'create') ? create : undefined} onRefresh={() => void list.refetch()} busy={list.isFetching} />
        <FilterChips state={state} object={object} />
        {failed && <div className="list-failure"><Failure error={list.error} onRetry={() => void list.refetch()} /></div>}
        <div className="list-rows">
          {list.isPending ? <Skeleton active paragraph={{ rows: 10 }} className="list-skeleton" />
            : list.rows.length === 0 && !failed ? (
              <div className="list-empty">
                <h2>{filtered ? t('emptyTitle') : state.view.filter ? t('emptyTitle') : t('emptyFirst', { label: object.label })}</h2>
                {filtered ? <Button onClick={() => set({ q: undefined, f: undefined })}>{t('clearFilters')}</Button>
                  : state.view.filter ? <p className="muted">{t('emptyHint')}</p>
                    : may(object, 'create') && <Button type="primary" onClick={create}>{t('emptyCreate', { label: object.label })}</Button>}
              </div>
            ) : phone ? <Cards object={object} columns={state.columns} rows={list.rows} onOpen={open} onEnd={onEnd} more={list.hasNextPage} />
              : <Rows object={object} state={state} rows={list.rows} selection={may(object, 'update') ? selection : undefined} current={state.search.open} onOpen={open} onEnd={onEnd} busy={list.isPlaceholderData} />}
        </div>
        {selection.size > 0 && state.query && <BulkBar object={object} query={state.query} selection={selection} count={count} onDone={() => void list.refetch()} />}
      </div>
      {state.search.open && wide && (
        <Suspense fallback={<aside className="side-panel panel" />}>
          <SidePanel object={name} id={state.search.open} onClose={() => set({ open: undefined }, true)} onMove={(id) => set({ open: id }, true)} />
        </Suspense>
      )}
    </div>
  );
}
