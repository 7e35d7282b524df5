// What one does with a list: look in it, filter, group, arrange columns, take out, add.
import {
  CalculatorOutlined, ColumnHeightOutlined, EllipsisOutlined, ExportOutlined, FilterOutlined, GroupOutlined, PlusOutlined, ReloadOutlined, SearchOutlined,
  SortAscendingOutlined, TableOutlined,
} from '@ant-design/icons';
import { Button, type MenuProps, Popover, Tooltip } from 'antd';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldOf, may, useMe } from '@/meta/definitions.ts';
import { kindOf } from '@/meta/fields/kinds.ts';
import type { Count, ObjectDef } from '@/shared/api/types.ts';
import { MenuButton } from '@/shared/ui/MenuButton.tsx';
import { useStored } from '@/shared/ui/stored.ts';
import { usePhone } from '@/shared/ui/useMedia.ts';
import { Waiting } from '@/shared/ui/Waiting.tsx';
import { ImportButton } from '../import/ImportButton.tsx';
import { groupable, spansOf } from './groups.ts';
import { PasteRows } from './PasteRows.tsx';
import { DENSITY } from './Rows.tsx';
import { foldable } from './useColumns.tsx';
import { columnLabel } from './useList.ts';
import type { ListState } from './useListState.ts';
import type { Fold } from './views.ts';

const ColumnsMenu = lazy(() => import('./ColumnsMenu.tsx'));
const Sheet = lazy(() => import('@/shared/ui/Sheet.tsx'));
const FilterBuilder = lazy(() => import('./FilterBuilder.tsx'));
const LockedRecords = lazy(() => import('./LockedDrawer.tsx'));
const ExportDialog = lazy(() => import('./ExportDialog.tsx'));

interface Props {
  state: ListState;
  object: ObjectDef;
  count?: Count;
  busy?: boolean;
  filtering: boolean;
  onFiltering: (open: boolean) => void;
  onCreate?: () => void;
  onRefresh: () => void;
}

export function Toolbar({ state, object, count, busy, filtering, onFiltering, onCreate, onRefresh }: Props) {
  const { t } = useTranslation('list');
  const phone = usePhone();
  const me = useMe();
  const [exporting, setExporting] = useState(false);
  const [dense, setDense] = useStored(DENSITY, true);
  const group = useGroupMenu(object, state);
  const sort = useSortMenu(object, state);
  const reckonable = state.columns.filter((column) => foldable(fieldOf(object, column)));
  const folded = reckonable.some((column) => state.shape.folds?.[column]);
  const fold = () => state.arrange({ folds: folded ? {} : Object.fromEntries(reckonable.map((column): [string, Fold] => [column, fieldOf(object, column)?.type === 'percent' ? 'avg' : 'sum'])) });
  const builder = (
    <Suspense fallback={<div className="builder" />}>
      <FilterBuilder object={object} where={state.where} onCancel={() => onFiltering(false)} onApply={(where) => { state.set({ f: where }); onFiltering(false); }} />
    </Suspense>
  );
  const filter = <Button icon={<FilterOutlined />} aria-label={t('filter')} aria-keyshortcuts="f" onClick={phone ? () => onFiltering(true) : undefined}>{!phone && t('filter')}</Button>;
  const more: MenuProps['items'] = [
    { key: 'sort', icon: <SortAscendingOutlined />, label: t('sort'), children: sort },
    ...(may(object, 'export') ? [{ key: 'export', icon: <ExportOutlined />, label: t('export'), onClick: () => setExporting(true) }] : []),
    { key: 'refresh', icon: <ReloadOutlined />, label: t('refresh'), onClick: onRefresh },
  ];
  return (
    <div className="toolbar">
      <Find object={object} state={state} />
      {phone ? (
        <>
          {filter}
          {filtering && <Suspense fallback={null}><Sheet title={t('filter')} onClose={() => onFiltering(false)}>{builder}</Sheet></Suspense>}
          <MenuButton menu={{ items: more }}><Button icon={<EllipsisOutlined />} aria-label={t('common:more')} /></MenuButton>
        </>
      ) : <Popover trigger="click" placement="bottomLeft" open={filtering} onOpenChange={onFiltering} destroyOnHidden content={builder}>{filter}</Popover>}
      <span className="toolbar-gap" />
      {!phone && (
        <>
          <Tooltip title={t('refresh')}><Button type="text" icon={<ReloadOutlined spin={busy} />} aria-label={t('refresh')} onClick={onRefresh} /></Tooltip>
          <Tooltip title={t('density')}>
            <Button type="text" icon={<ColumnHeightOutlined />} aria-label={t('density')} aria-pressed={dense} onClick={() => setDense(!dense)} />
          </Tooltip>
          {reckonable.length > 0 && (
            <Tooltip title={t('foldToggle')}><Button type="text" icon={<CalculatorOutlined />} aria-label={t('foldToggle')} aria-pressed={folded} className={folded ? 'toolbar-on' : undefined} onClick={fold} /></Tooltip>
          )}
          <MenuButton menu={{ items: group, selectedKeys: [state.group], onClick: ({ key }) => state.set({ group: key }), style: { maxHeight: 420, overflow: 'auto' } }}>
            <Button type="text" icon={<GroupOutlined />} className={state.group ? 'toolbar-on' : undefined}>{t('groupButton')}</Button>
          </MenuButton>
          <Popover trigger="click" placement="bottomRight" content={<Suspense fallback={<Waiting rows={6} className="columns-menu" />}><ColumnsMenu state={state} object={object} /></Suspense>}>
            <Button type="text" icon={<TableOutlined />}>{t('columns')}</Button>
          </Popover>
          {may(object, 'import') && <ImportButton object={object.name} />}
          {may(object, 'import') && may(object, 'create') && <PasteRows object={object} columns={state.columns.map((column) => columnLabel(object, column))} />}
          {object.keeps && me?.rights.includes('sees_locked') && <Suspense fallback={null}><LockedRecords object={object} /></Suspense>}
          {may(object, 'export') && <Button type="text" icon={<ExportOutlined />} onClick={() => setExporting(true)}>{t('export')}</Button>}
        </>
      )}
      {onCreate && <Button type="primary" icon={<PlusOutlined />} onClick={onCreate} aria-label={`${t('create')} ${object.label}`}>{!phone && t('create')}</Button>}
      {exporting && state.query && (
        <Suspense fallback={null}><ExportDialog object={object} query={state.query} count={count} onClose={() => setExporting(false)} /></Suspense>
      )}
    </div>
  );
}

function Find({ object, state }: { object: ObjectDef; state: ListState }) {
  const { t } = useTranslation('list');
  const [text, setText] = useState(state.search.q ?? '');
  const { set } = state;
  const q = state.search.q ?? '';
  useEffect(() => setText(q), [q]);
  useEffect(() => {
    if (text.trim() === q) return undefined;
    const timer = setTimeout(() => set({ q: text.trim() || undefined }, true), 300);
    return () => clearTimeout(timer);
    // Only what is typed starts a search.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [text]);
  if (!object.fields.some((field) => field.search)) return null;
  return (
    <label className="toolbar-find">
      <SearchOutlined aria-hidden="true" />
      <input type="search" placeholder={t('find')} aria-label={t('find')} value={text} maxLength={100} onChange={(event) => setText(event.target.value)} />
    </label>
  );
}

function useGroupMenu(object: ObjectDef, state: ListState): MenuProps['items'] {
  const { t } = useTranslation('list');
  const fields = object.fields.filter(groupable);
  const shown = fields.filter((field) => state.columns.includes(field.name));
  const items = [...shown, ...fields.filter((field) => !shown.includes(field))].map((field) => {
    const spans = spansOf(field);
    if (spans.length === 1) return { key: field.name, label: field.label };
    return { key: `of ${field.name}`, label: field.label, children: spans.map((by) => ({ key: by, label: t(`span.${by.split(':')[1]}`) })) };
  });
  return [{ key: '', label: t('groupNot') }, { type: 'divider' }, ...items];
}

function useSortMenu(object: ObjectDef, state: ListState) {
  const { t } = useTranslation('list');
  return state.columns.filter((column) => !column.includes('.') && !kindOf(fieldOf(object, column)).unsorted).flatMap((column) => [
    { key: column, label: `${columnLabel(object, column)} ↑`, title: t('sortUp'), onClick: () => state.set({ sort: column }, true) },
    { key: `-${column}`, label: `${columnLabel(object, column)} ↓`, title: t('sortDown'), onClick: () => state.set({ sort: `-${column}` }, true) },
  ]);
}
