// The columns of a list as the table draws them, with the numbers under them.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldOf } from '@/meta/definitions.ts';
import { amountText } from '@/meta/fields/amount.ts';
import { useAmountUnit } from '@/meta/fields/unit.ts';
import { percentText } from '@/meta/fields/percent.ts';
import { Show } from '@/meta/fields/Show.tsx';
import { kindOf } from '@/meta/fields/kinds.ts';
import type { Field, Json, ObjectDef, RecordView } from '@/shared/api/types.ts';
import type { GridColumn } from '@/shared/ui/Grid.tsx';
import { columnLabel, type Scope, useFolds } from './useList.ts';
import type { ListState } from './useListState.ts';
import type { Fold } from './views.ts';

/** Whether numbers may be worked out over a column: one kind of number, in sight. */
export function foldable(field: Field | undefined): boolean {
  return !!field && ['money', 'number', 'percent', 'roll_up'].includes(field.type) && !field.currency_field && !field.encrypted && field.access !== 'masked';
}

/** Whether a cell may be written where it stands. */
export function editableHere(field: Field | undefined): boolean {
  const editor = kindOf(field).editor;
  return !!field && field.access === 'write' && editor !== null && editor !== 'long_text' && editor !== 'file';
}

/** A worked-out number as its column reads. */
export function useFoldText(object: ObjectDef): (column: string, value: Json | undefined) => string {
  const { t } = useTranslation('list');
  const [unit] = useAmountUnit();
  return (column, value) => {
    if (value === null || value === undefined) return '—';
    const field = fieldOf(object, column);
    if (field?.type === 'percent') return percentText(String(value));
    if (field?.type === 'money') {
      const { text, scale } = amountText(String(value), unit);
      return `${text}${scale === 'plain' ? '' : t(`first:unit.${scale}`)}`;
    }
    return amountText(String(value), 'plain').text;
  };
}

export function useColumns(object: ObjectDef, state: ListState): GridColumn<RecordView>[] {
  const { t } = useTranslation('list');
  const text = useFoldText(object);
  const { columns, shape, query } = state;
  const folds = useMemo(() => known(object, columns, shape.folds), [object, columns, shape.folds]);
  const scope: Scope | null = query;
  const numbers = useFolds(scope, folds);
  const footed = Object.keys(folds).length > 0;
  return columns.map((column, at) => {
    const number = numbers.get(column);
    const foot = !footed ? undefined
      : number ? <span className="fold" title={t(`fold.${number.fold}`)}><small>{t(`fold.${number.fold}`)}</small> {number.failed ? t('foldFailed') : number.value === undefined ? '…' : text(column, number.value)}</span>
        : at === 0 ? <small className="muted">{t('foldRow')}</small> : null;
    return { ...describe(object, column, shape.widths?.[column]), foot };
  });
}

/** The folds of columns that stand in the list and may be reckoned with. */
export function known(object: ObjectDef, columns: string[], folds: Record<string, Fold> | undefined): Record<string, Fold> {
  return Object.fromEntries(Object.entries(folds ?? {}).filter(([column]) => columns.includes(column) && foldable(fieldOf(object, column))));
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
    editable: (row) => editableHere(field) && !row.masked.includes(column),
    render: (row) => <Show field={field} value={row.values[column]} record={row} />,
  };
}
