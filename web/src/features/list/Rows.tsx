// Rows of a list as a table.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldOf } from '@/meta/definitions.ts';
import { Show } from '@/meta/fields/Show.tsx';
import { kindOf } from '@/meta/fields/kinds.ts';
import type { ObjectDef, RecordView } from '@/shared/api/types.ts';
import { Grid, type GridColumn } from '@/shared/ui/Grid.tsx';
import { useStored } from '@/shared/ui/stored.ts';
import { columnLabel } from './useList.ts';
import type { useListState } from './useListState.ts';
import type { Selection } from './useSelection.ts';

interface Props {
  object: ObjectDef;
  state: ReturnType<typeof useListState>;
  rows: RecordView[];
  selection?: Selection;
  current?: string;
  busy?: boolean;
  onOpen: (row: RecordView) => void;
  onEnd: () => void;
}

export const DENSITY = 'list.dense';

export function Rows({ object, state, rows, selection, current, busy, onOpen, onEnd }: Props) {
  const { t } = useTranslation('list');
  const [dense] = useStored(DENSITY, true);
  const { columns, shape } = state;
  const grid = useMemo(() => columns.map((column) => describe(object, column, shape.widths?.[column])), [columns, object, shape.widths]);
  return (
    <Grid
      label={t('rows', { label: object.label })} rows={rows} rowKey={(row) => row.id} columns={grid} rowHeight={dense ? 34 : 42}
      current={current} sort={state.sort} onSort={(sort) => state.set({ sort }, true)} onOpen={onOpen} onEnd={onEnd} busy={busy}
      onResize={(key, width) => state.setShape({ ...shape, widths: { ...shape.widths, [key]: width } })}
      selection={selection && {
        selected: selection.ids, toggle: selection.toggle, all: selection.allShown, toggleAll: selection.toggleAll,
        labels: { row: t('select'), all: t('selectAll') },
      }}
    />
  );
}

function describe(object: ObjectDef, column: string, width?: number): GridColumn<RecordView> {
  const [first = column, far] = column.split('.');
  const field = fieldOf(object, first);
  const kind = kindOf(field);
  const label = columnLabel(object, column);
  if (far || !field) {
    return { key: column, label, width: width ?? 120, render: (row) => <span className="plain">{String(row.values[column] ?? '—')}</span> };
  }
  return {
    key: column, label, width: width ?? Math.max(kind.width, label.length * 14 + 34), numeric: kind.numeric,
    sort: kind.unsorted ? undefined : column,
    render: (row) => <Show field={field} value={row.values[column]} record={row} />,
  };
}
