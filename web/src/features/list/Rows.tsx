// Rows of a list as a table.
import { useTranslation } from 'react-i18next';
import { may } from '@/meta/definitions.ts';
import type { ObjectDef, RecordView } from '@/shared/api/types.ts';
import { Grid } from '@/shared/ui/Grid.tsx';
import { useStored } from '@/shared/ui/stored.ts';
import { useCellEdit } from './useCellEdit.tsx';
import { useColumns } from './useColumns.tsx';
import { useHeadMenu } from './useHeadMenu.tsx';
import type { ListState } from './useListState.ts';
import type { Selection } from './useSelection.ts';

interface Props {
  object: ObjectDef;
  state: ListState;
  rows: RecordView[];
  selection?: Selection;
  current?: string;
  busy?: boolean;
  onOpen: (row: RecordView, whole: boolean) => void;
  onEnd: () => void;
}

export const DENSITY = 'list.dense';

export function Rows({ object, state, rows, selection, current, busy, onOpen, onEnd }: Props) {
  const { t } = useTranslation('list');
  const [dense] = useStored(DENSITY, true);
  const columns = useColumns(object, state);
  const menu = useHeadMenu(object, state);
  const editing = useCellEdit(object);
  return (
    <Grid
      label={t('rows', { label: object.label })} rows={rows} rowKey={(row) => row.id} columns={columns} rowHeight={dense ? 34 : 42} frozen={state.frozen}
      current={current} sort={state.sort} onSort={(sort) => state.set({ sort }, true)} onOpen={onOpen} onEnd={onEnd} busy={busy}
      onResize={(key, width) => state.arrange({ widths: { ...state.shape.widths, [key]: width } })}
      headMenu={menu} headMenuLabel={(label) => t('columnMenu', { label })}
      editing={may(object, 'update') ? editing : undefined}
      selection={selection && {
        selected: selection.ids, toggle: selection.toggle, all: selection.allShown, toggleAll: selection.toggleAll,
        labels: { row: t('select'), all: t('selectAll') },
      }}
    />
  );
}
