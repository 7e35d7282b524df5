// The list of any object: views, conditions, rows, and a record beside them.
import { useNavigate, useParams } from '@tanstack/react-router';
import { Button } from 'antd';
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { may, useObject } from '@/meta/definitions.ts';
import { partsOf } from '@/meta/filter/where.ts';
import { leaveTrail } from '@/meta/trail.ts';
import type { ObjectDef, RecordView } from '@/shared/api/types.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { useMedia, usePhone } from '@/shared/ui/useMedia.ts';
import { Waiting } from '@/shared/ui/Waiting.tsx';
import { BulkBar } from './BulkBar.tsx';
import { Cards } from './Cards.tsx';
import { FilterChips } from './FilterChips.tsx';
import { groupField } from './groups.ts';
import { QuickChips } from './QuickChips.tsx';
import { Rows } from './Rows.tsx';
import { Toolbar } from './Toolbar.tsx';
import { ViewTabs } from './ViewTabs.tsx';
import { useCount, useList } from './useList.ts';
import { type ListState, useListState } from './useListState.ts';
import { useSelection } from './useSelection.ts';
import './list.css';

const SidePanel = lazy(() => import('../record/SidePanel.tsx'));
const GroupedRows = lazy(() => import('./GroupedRows.tsx').then((page) => ({ default: page.GroupedRows })));

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
  const [filtering, setFiltering] = useState(false);
  const by = object && !phone ? groupField(object, state.group) : undefined;
  const list = useList(by ? null : state.query);
  const count = useCount(state.query, exact);
  const selection = useSelection(list.rows, state.query);
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = list;
  const ids = useMemo(() => list.rows.map((row) => row.id), [list.rows]);
  useEffect(() => leaveTrail({ object: name, ids }), [name, ids]);
  useEffect(() => setExact(false), [state.query]);
  useFilterKey(() => setFiltering(true));
  useRowKeys();

  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const { set } = state;
  const open = (row: RecordView, whole = false) => {
    if (wide && !whole) set({ open: row.id }, true);
    else void navigate({ to: '/app/record/$object/$id', params: { object: row.object, id: row.id } });
  };
  const create = () => void navigate({ to: '/app/new/$object', params: { object: name } });

  if (definition.error) return <Failure error={definition.error} onRetry={() => void definition.refetch()} page />;
  if (!object || !state.view) return <div className="list-page"><Waiting rows={4} className="list-skeleton" /></div>;

  const failed = list.error && !list.isFetching;
  const chooses = may(object, 'update') || may(object, 'export');
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
        <Toolbar
          state={state} object={object} count={count} filtering={filtering} onFiltering={setFiltering} busy={list.isFetching}
          onCreate={may(object, 'create') ? create : undefined} onRefresh={() => void list.refetch()}
        />
        <QuickChips object={object} state={state} />
        <FilterChips state={state} object={object} onEdit={() => setFiltering(true)} />
        {failed && <div className="list-failure"><Failure error={list.error} onRetry={() => void list.refetch()} /></div>}
        <div className="list-rows">
          {by && state.query ? (
            <Suspense fallback={<Waiting rows={8} className="list-skeleton" />}>
              <GroupedRows key={state.group} object={object} state={state} query={state.query} by={by} current={state.search.open} onOpen={open} />
            </Suspense>
          ) : list.isPending ? <Waiting rows={10} className="list-skeleton" />
            : list.rows.length === 0 && !failed ? <Nothing object={object} state={state} onCreate={create} />
              : phone ? <Cards object={object} columns={state.columns} rows={list.rows} onOpen={open} onEnd={onEnd} more={list.hasNextPage} />
                : <Rows object={object} state={state} rows={list.rows} selection={chooses ? selection : undefined} current={state.search.open} onOpen={open} onEnd={onEnd} busy={list.isPlaceholderData} />}
        </div>
        {selection.size > 0 && state.query && !by && <BulkBar object={object} query={state.query} selection={selection} count={count} onDone={() => void list.refetch()} />}
      </div>
      {state.search.open && wide && (
        <Suspense fallback={<aside className="side-panel panel" />}>
          <SidePanel object={name} id={state.search.open} onClose={() => set({ open: undefined }, true)} onMove={(id) => set({ open: id }, true)} />
        </Suspense>
      )}
    </div>
  );
}

/** Nothing to show: why, and the next step. */
function Nothing({ object, state, onCreate }: { object: ObjectDef; state: ListState; onCreate: () => void }) {
  const { t } = useTranslation('list');
  const filtered = !!state.search.q || partsOf(state.where).length > 0;
  const narrowed = filtered || !!state.view?.filter;
  return (
    <div className="list-empty">
      <h2>{narrowed ? t('emptyTitle') : t('emptyFirst', { label: object.label })}</h2>
      {filtered ? <Button onClick={() => state.set({ q: undefined, f: { all: [] } })}>{t('clearFilters')}</Button>
        : narrowed ? <p className="muted">{t('emptyHint')}</p>
          : may(object, 'create') && <Button type="primary" onClick={onCreate}>{t('emptyCreate', { label: object.label })}</Button>}
    </div>
  );
}

/** Arrows reach the rows although nothing has the focus yet. */
function useRowKeys(): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.target !== document.body || !/^Arrow(Up|Down)$/.test(event.key)) return;
      event.preventDefault();
      document.querySelector<HTMLElement>('.list-page .grid-box')?.focus({ preventScroll: true });
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
}

/** `f` opens the conditions, outside of anything that is typed into. */
function useFilterKey(open: () => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || !!event.target.closest('.ant-modal, .ant-drawer, .ant-popover'));
      if (event.key !== 'f' || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      open();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  });
}
