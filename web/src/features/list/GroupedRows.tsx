// Rows under headings: one for each value or span, with how many and the numbers of its columns.
import { CaretDownOutlined, CaretRightOutlined } from '@ant-design/icons';
import { useQueries } from '@tanstack/react-query';
import { Button, Skeleton } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useOptions } from '@/meta/definitions.ts';
import { both } from '@/meta/filter/conditions.ts';
import { useTargetOf, useTitles } from '@/meta/useTitles.ts';
import { call } from '@/shared/api/http.ts';
import type { Json, ObjectDef, Page, RecordView } from '@/shared/api/types.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { Grid, type GridColumn } from '@/shared/ui/Grid.tsx';
import { useStored } from '@/shared/ui/stored.ts';
import { type By, groupFilter, spanText } from './groups.ts';
import { DENSITY } from './Rows.tsx';
import { known, useColumns, useFoldText } from './useColumns.tsx';
import { useHeadMenu } from './useHeadMenu.tsx';
import { type ListQuery, type Measured, parameters, useGroups } from './useList.ts';
import type { ListState } from './useListState.ts';

type Line =
  | { kind: 'group'; key: string; group: Measured; open: boolean }
  | { kind: 'row'; key: string; record: RecordView }
  | { kind: 'more'; key: string; of: string; waiting: boolean };

interface Props { object: ObjectDef; state: ListState; query: ListQuery; by: By; current?: string; onOpen: (row: RecordView, whole: boolean) => void }

const STEP = 50;
const MOST = 200;

export function GroupedRows({ object, state, query, by, current, onOpen }: Props) {
  const { t } = useTranslation('list');
  const [dense] = useStored(DENSITY, true);
  const [open, setOpen] = useState<Record<string, number>>({});
  const folds = useMemo(() => known(object, state.columns, state.shape.folds), [object, state.columns, state.shape.folds]);
  const found = useGroups(query, state.group, folds);
  const columns = useColumns(object, state);
  const menu = useHeadMenu(object, state);
  const text = useFoldText(object);
  const name = useGroupName(by, found.groups);
  const keyOf = (group: Measured) => JSON.stringify(Object.values(group.keys)[0] ?? null);
  const opened = found.groups.filter((group) => open[keyOf(group)] !== undefined);
  const pages = useQueries({
    queries: opened.map((group) => {
      const filter = both(query.filter, groupFilter(by.field, by.span, Object.values(group.keys)[0]));
      const limit = open[keyOf(group)] ?? STEP;
      return {
        queryKey: ['records', object.name, 'grouped', { ...query, filter }, limit],
        queryFn: ({ signal }: { signal: AbortSignal }) => call<Page>(`records/${object.name}`, { query: { ...parameters(query), filter, limit, expand: true }, signal }),
        staleTime: 5_000,
      };
    }),
  });
  const toggle = (key: string) => setOpen((before) => {
    const { [key]: was, ...others } = before;
    return was === undefined ? { ...before, [key]: STEP } : others;
  });
  const lines: Line[] = found.groups.flatMap((group): Line[] => {
    const key = keyOf(group);
    const at = opened.indexOf(group);
    const page = pages[at]?.data;
    const heading: Line = { kind: 'group', key, group, open: at >= 0 };
    if (at < 0) return [heading];
    const rows = (page?.records ?? []).map((record): Line => ({ kind: 'row', key: record.id, record }));
    const more: Line[] = !page || page.next ? [{ kind: 'more', key: `more ${key}`, of: key, waiting: !page }] : [];
    return [heading, ...rows, ...more];
  });

  const first = columns[0]?.key;
  const drawn = columns.map((column): GridColumn<Line> => ({
    ...column, editable: undefined,
    render: (line) => {
      if (line.kind === 'row') return column.render(line.record);
      if (line.kind === 'group') {
        if (column.key === first) return <Heading name={name(Object.values(line.group.keys)[0])} count={String(line.group.measures.count ?? '')} open={line.open} />;
        const fold = folds[column.key];
        return fold ? <span className="fold"><small>{t(`fold.${fold}`)}</small> {text(column.key, found.folded(line.group, column.key))}</span> : null;
      }
      if (column.key !== first) return null;
      return line.waiting ? <Skeleton.Input active size="small" /> : (open[line.of] ?? STEP) >= MOST ? <small className="muted">{t('groupMost', { count: MOST })}</small> : <Button size="small" type="link">{t('groupMore')}</Button>;
    },
  }));
  const take = (line: Line, whole: boolean) => {
    if (line.kind === 'row') onOpen(line.record, whole);
    else if (line.kind === 'group') toggle(line.key);
    else if (!line.waiting) setOpen((before) => ({ ...before, [line.of]: Math.min((before[line.of] ?? STEP) + STEP, MOST) }));
  };
  if (found.error && !found.data) return <div className="list-failure"><Failure error={found.error} onRetry={() => void found.refetch()} /></div>;
  if (found.isPending) return <Skeleton active paragraph={{ rows: 8 }} className="list-skeleton" />;
  if (found.groups.length === 0) return <div className="list-empty"><h2>{t('emptyTitle')}</h2></div>;
  return (
    <Grid
      label={t('rows', { label: object.label })} rows={lines} rowKey={(line) => line.key} columns={drawn} rowHeight={dense ? 34 : 42} frozen={state.frozen}
      current={current} sort={state.sort} onSort={(sort) => state.set({ sort }, true)} onOpen={take} isHeading={(line) => line.kind !== 'row'} busy={found.isPlaceholderData}
      onResize={(key, width) => state.arrange({ widths: { ...state.shape.widths, [key]: width } })} headMenu={menu} headMenuLabel={(label) => t('columnMenu', { label })}
      foot={found.more ? <p className="cards-end">{t('groupsMore', { count: found.groups.length })}</p> : undefined}
    />
  );
}

function Heading({ name, count, open }: { name: string; count: string; open: boolean }) {
  const { t } = useTranslation('list');
  return (
    <span className="group-heading">
      {open ? <CaretDownOutlined /> : <CaretRightOutlined />} {name} <span className="count" title={t('common:count.some', { count: Number(count) })}>{count}</span>
      <span className="sr-only">{t(open ? 'groupOpen' : 'groupShut')}</span>
    </span>
  );
}

/** What a group is called: an option's label, a record's title, a span. */
function useGroupName({ field, span }: By, groups: Measured[]): (key: Json | undefined) => string {
  const { t } = useTranslation('list');
  const items = useOptions(field.options)?.items;
  const target = useTargetOf()(field);
  const ids = groups.map((group) => Object.values(group.keys)[0]).filter((key): key is string => typeof key === 'string');
  const title = useTitles(target ? ids.map((id) => ({ object: target, id })) : []);
  return (key) => {
    if (key === null || key === undefined || key === '') return t('groupNone');
    if (typeof key === 'boolean') return t(key ? 'common:yes' : 'common:no');
    const text = String(key);
    if (span) return spanText(text, span);
    if (target) return title(text) ?? '…';
    return items?.find((item) => item.code === text)?.label ?? text;
  };
}
