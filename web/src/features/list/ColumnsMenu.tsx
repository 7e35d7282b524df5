// Which columns stand in a list and in which order. Every step works by button, none by dragging only.
import { ArrowDownOutlined, ArrowUpOutlined } from '@ant-design/icons';
import { Button, Checkbox } from 'antd';
import { useTranslation } from 'react-i18next';
import type { ObjectDef } from '@/shared/api/types.ts';
import { columnLabel } from './useList.ts';
import type { useListState } from './useListState.ts';

export function ColumnsMenu({ state, object }: { state: ReturnType<typeof useListState>; object: ObjectDef }) {
  const { t } = useTranslation('list');
  const { columns, shape, setShape } = state;
  const others = object.fields
    .filter((field) => !columns.includes(field.name) && !['id', 'version'].includes(field.name) && field.type !== 'child_table')
    .map((field) => field.name);
  const put = (next: string[]) => setShape({ ...shape, columns: next });
  const swap = (at: number, to: number) => {
    const next = [...columns];
    const [moved] = next.splice(at, 1);
    if (moved) next.splice(to, 0, moved);
    put(next);
  };
  return (
    <div className="columns-menu">
      <div className="columns-head"><b>{t('columnsTitle')}</b><Button size="small" type="link" onClick={() => setShape({})}>{t('columnsReset')}</Button></div>
      <ul>
        {columns.map((column, at) => (
          <li key={column}>
            <Checkbox checked disabled={columns.length === 1} onChange={() => put(columns.filter((one) => one !== column))}>{columnLabel(object, column)}</Checkbox>
            <span>
              <Button size="small" type="text" icon={<ArrowUpOutlined />} aria-label={t('up')} disabled={at === 0} onClick={() => swap(at, at - 1)} />
              <Button size="small" type="text" icon={<ArrowDownOutlined />} aria-label={t('down')} disabled={at === columns.length - 1} onClick={() => swap(at, at + 1)} />
            </span>
          </li>
        ))}
        {others.map((column) => (
          <li key={column}><Checkbox checked={false} onChange={() => put([...columns, column])}>{columnLabel(object, column)}</Checkbox></li>
        ))}
      </ul>
    </div>
  );
}
