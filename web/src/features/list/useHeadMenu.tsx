// What one does with a column at its head: sort, freeze, group, reckon, move, hide.
import type { MenuProps } from 'antd';
import { useTranslation } from 'react-i18next';
import { fieldOf } from '@/meta/definitions.ts';
import { kindOf } from '@/meta/fields/kinds.ts';
import type { ObjectDef } from '@/shared/api/types.ts';
import { groupable, spansOf } from './groups.ts';
import { foldable } from './useColumns.tsx';
import type { ListState } from './useListState.ts';
import { FOLDS } from './views.ts';

export function useHeadMenu(object: ObjectDef, state: ListState): (column: string, at: number) => MenuProps {
  const { t } = useTranslation('list');
  const { columns, shape, arrange, set, frozen } = state;
  return (column, at) => {
    const field = fieldOf(object, column);
    const sortable = !!field && !kindOf(field).unsorted;
    const swap = (to: number) => {
      const next = columns.filter((one) => one !== column);
      next.splice(to, 0, column);
      arrange({ columns: next });
    };
    const spans = field && groupable(field) ? spansOf(field) : [];
    const groups = spans.map((by) => {
      const [, span] = by.split(':');
      return { key: `group ${by}`, label: span ? t(`groupBySpan.${span}`) : t('groupByThis'), onClick: () => set({ group: by }) };
    });
    const chosen = shape.folds?.[column];
    const { [column]: _, ...others } = shape.folds ?? {};
    const items: MenuProps['items'] = [
      ...(sortable ? [
        { key: 'up', label: t('sortUp'), onClick: () => set({ sort: column }, true) },
        { key: 'down', label: t('sortDown'), onClick: () => set({ sort: `-${column}` }, true) },
        { type: 'divider' as const },
      ] : []),
      ...groups,
      ...(foldable(field) ? [{
        key: 'fold', label: t('foldRow'),
        children: [
          ...FOLDS.map((fold) => ({ key: `fold ${fold}`, label: t(`fold.${fold}`), disabled: chosen === fold, onClick: () => arrange({ folds: { ...others, [column]: fold } }) })),
          ...(chosen ? [{ key: 'fold none', label: t('foldNone'), onClick: () => arrange({ folds: others }) }] : []),
        ],
      }] : []),
      at + 1 === frozen ? { key: 'thaw', label: t('thaw'), disabled: frozen === 1, onClick: () => arrange({ frozen: 1 }) }
        : { key: 'freeze', label: t('freeze'), disabled: at > 3 || at === columns.length - 1, onClick: () => arrange({ frozen: at + 1 }) },
      { type: 'divider' as const },
      { key: 'left', label: t('moveLeft'), disabled: at === 0, onClick: () => swap(at - 1) },
      { key: 'right', label: t('moveRight'), disabled: at === columns.length - 1, onClick: () => swap(at + 1) },
      { key: 'hide', label: t('hideColumn'), disabled: columns.length === 1, onClick: () => arrange({ columns: columns.filter((one) => one !== column) }) },
    ];
    return { items };
  };
}
