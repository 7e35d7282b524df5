// What one does with a list: look in it, filter, arrange columns, take out, add.
import { ColumnHeightOutlined, ExportOutlined, FilterOutlined, PlusOutlined, ReloadOutlined, SearchOutlined, TableOutlined } from '@ant-design/icons';
import { Button, Input, Popover, Tooltip } from 'antd';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { may } from '@/meta/definitions.ts';
import type { Count, ObjectDef } from '@/shared/api/types.ts';
import { useStored } from '@/shared/ui/stored.ts';
import { usePhone } from '@/shared/ui/useMedia.ts';
import { ImportButton } from '../import/ImportButton.tsx';
import { ColumnsMenu } from './ColumnsMenu.tsx';
import { DENSITY } from './Rows.tsx';
import type { useListState } from './useListState.ts';

const FilterBuilder = lazy(() => import('./FilterBuilder.tsx'));
const ExportDialog = lazy(() => import('./ExportDialog.tsx'));

interface Props {
  state: ReturnType<typeof useListState>;
  object: ObjectDef;
  count?: Count;
  busy?: boolean;
  onCreate?: () => void;
  onRefresh: () => void;
}

export function Toolbar({ state, object, count, busy, onCreate, onRefresh }: Props) {
  const { t } = useTranslation('list');
  const phone = usePhone();
  const [text, setText] = useState(state.search.q ?? '');
  const [filtering, setFiltering] = useState(false);
  const [exporting, setExporting] = useState(false);
  const [dense, setDense] = useStored(DENSITY, true);
  const searchable = object.fields.some((field) => field.search);
  const { set } = state;
  const q = state.search.q ?? '';
  useEffect(() => setText(q), [q]);
  useEffect(() => {
    if (text.trim() === q) return undefined;
    const timer = setTimeout(() => set({ q: text.trim() || undefined }, true), 300);
    return () => clearTimeout(timer);
    // `set` is new with every render; only what is typed starts a search.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [text]);
  return (
    <div className="toolbar">
      {searchable && (
        <Input
          className="toolbar-find" allowClear prefix={<SearchOutlined />} placeholder={t('find')} aria-label={t('find')} value={text} maxLength={100}
          onChange={(event) => setText(event.target.value)}
        />
      )}
      <Popover
        trigger="click" placement="bottomLeft" open={filtering} onOpenChange={setFiltering} destroyOnHidden
        content={<Suspense fallback={<div className="builder" />}><FilterBuilder object={object} onAdd={(condition) => { set({ f: [...state.groups, { any: [condition] }] }); setFiltering(false); }} /></Suspense>}
      >
        <Button icon={<FilterOutlined />} aria-label={t('filter')}>{!phone && t('filter')}</Button>
      </Popover>
      <span className="toolbar-gap" />
      {!phone && (
        <>
          <Tooltip title={t('refresh')}><Button type="text" icon={<ReloadOutlined spin={busy} />} aria-label={t('refresh')} onClick={onRefresh} /></Tooltip>
          <Tooltip title={t('density')}>
            <Button type="text" icon={<ColumnHeightOutlined />} aria-label={t('density')} aria-pressed={dense} onClick={() => setDense(!dense)} />
          </Tooltip>
          <Popover trigger="click" placement="bottomRight" content={<ColumnsMenu state={state} object={object} />}>
            <Button type="text" icon={<TableOutlined />}>{t('columns')}</Button>
          </Popover>
          {may(object, 'import') && <ImportButton object={object.name} />}
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
