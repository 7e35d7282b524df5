// Which columns stand in a list, in which order, and how many stay. Every step works by button, none
// by dragging only.
import { ArrowDownOutlined, ArrowUpOutlined, SearchOutlined } from '@ant-design/icons';
import { Button, Checkbox, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ObjectDef } from '@/shared/api/types.ts';
import { columnLabel } from './useList.ts';
import type { ListState } from './useListState.ts';

export default function ColumnsMenu({ state, object }: { state: ListState; object: ObjectDef }) {
  const { t } = useTranslation('list');
  const [text, setText] = useState('');
  const { columns, arrange, frozen } = state;
  const match = (column: string) => columnLabel(object, column).includes(text.trim());
  const others = object.fields
    .filter((field) => !columns.includes(field.name) && !['id', 'version'].includes(field.name) && field.type !== 'child_table')
    .map((field) => field.name);
  const put = (next: string[]) => arrange({ columns: next });
  const swap = (at: number, to: number) => {
    const next = [...columns];
    const [moved] = next.splice(at, 1);
    if (moved) next.splice(to, 0, moved);
    put(next);
  };
  return (
    <div className="columns-menu">
      <div className="columns-head">
        <b>{t('columnsTitle')}</b>
        <Button size="small" type="link" onClick={() => arrange({ columns: undefined, widths: undefined, frozen: undefined })}>{t('columnsReset')}</Button>
      </div>
      <Input size="small" allowClear prefix={<SearchOutlined />} value={text} placeholder={t('columnsFind')} aria-label={t('columnsFind')} onChange={(event) => setText(event.target.value)} />
      <ul>
        {columns.map((column, at) => match(column) && (
          <li key={column}>
            <Checkbox checked disabled={columns.length === 1} onChange={() => put(columns.filter((one) => one !== column))}>{columnLabel(object, column)}</Checkbox>
            <span>
              <Button size="small" type="text" icon={<ArrowUpOutlined />} aria-label={`${t('up')} ${columnLabel(object, column)}`} disabled={at === 0} onClick={() => swap(at, at - 1)} />
              <Button size="small" type="text" icon={<ArrowDownOutlined />} aria-label={`${t('down')} ${columnLabel(object, column)}`} disabled={at === columns.length - 1} onClick={() => swap(at, at + 1)} />
            </span>
          </li>
        ))}
        {others.filter(match).map((column) => (
          <li key={column}><Checkbox checked={false} onChange={() => put([...columns, column])}>{columnLabel(object, column)}</Checkbox></li>
        ))}
      </ul>
      <div className="columns-foot">
        <span id="columns-frozen">{t('frozenColumns')}</span>
        <Select size="small" value={frozen} aria-labelledby="columns-frozen" options={[1, 2, 3, 4].map((count) => ({ value: count, label: count, disabled: count >= columns.length && count > 1 }))} onChange={(count) => arrange({ frozen: count })} />
      </div>
    </div>
  );
}
