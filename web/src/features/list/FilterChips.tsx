// The conditions in force beyond the view, each removable; and keeping them as an own view.
import { CloseOutlined } from '@ant-design/icons';
import { Button, Input, Popover } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useConditionWords } from '@/meta/filter/useSentence.ts';
import type { ObjectDef } from '@/shared/api/types.ts';
import type { OwnView, useListState } from './useListState.ts';

export function FilterChips({ state, object }: { state: ReturnType<typeof useListState>; object: ObjectDef }) {
  const { t } = useTranslation('list');
  const words = useConditionWords(object, state.groups.flatMap((group) => group.any));
  const { groups, view, search, set } = state;
  const changed = !!search.f || !!search.sort || !!state.shape.columns;
  const own = state.own.find((one) => one.name === view?.name);
  if (groups.length === 0 && !changed && !own && !search.of) return null;
  const without = (at: number) => groups.filter((_, index) => index !== at);
  return (
    <div className="chips">
      {search.of && (
        <span className="chip">
          <span className="chip-text">{search.ofLabel ?? search.of}</span>
          <button type="button" aria-label={t('removeCondition')} onClick={() => set({ of: undefined, ofLabel: undefined })}><CloseOutlined /></button>
        </span>
      )}
      {groups.map((group, at) => (
        <span className="chip" key={group.any.map(words).join()}>
          {group.any.map(words).join(` ${t('or')} `)}
          <button type="button" aria-label={t('removeCondition')} onClick={() => set({ f: without(at).length > 0 ? without(at) : undefined })}><CloseOutlined /></button>
        </span>
      ))}
      {changed && (
        <>
          <Button size="small" type="text" onClick={() => { set({ f: undefined, sort: undefined }); state.setShape({ ...state.shape, columns: undefined }); }}>{t('discard')}</Button>
          <SaveView state={state} />
        </>
      )}
      {own && (
        <Button size="small" type="text" danger onClick={() => { state.setOwn(state.own.filter((one) => one.name !== own.name)); set({ view: undefined }); }}>{t('removeView')}</Button>
      )}
    </div>
  );
}

function SaveView({ state }: { state: ReturnType<typeof useListState> }) {
  const { t } = useTranslation('list');
  const [open, setOpen] = useState(false);
  const [label, setLabel] = useState('');
  const save = () => {
    if (!label.trim() || !state.view) return;
    const name = `my_${Date.now().toString(36)}`;
    const made: OwnView = {
      own: true, name, label: label.trim(), columns: state.columns, filter: state.view.filter,
      sort: state.sort ? state.sort.split(',') : [], f: state.groups.length > 0 ? state.groups : undefined,
    };
    state.setOwn([...state.own, made]);
    state.set({ view: name, f: undefined, sort: undefined });
    setOpen(false);
    setLabel('');
  };
  return (
    <Popover
      trigger="click" open={open} onOpenChange={setOpen}
      content={
        <div className="save-view">
          <Input value={label} onChange={(event) => setLabel(event.target.value)} placeholder={t('viewName')} aria-label={t('viewName')} maxLength={20} onPressEnter={save} />
          <Button type="primary" onClick={save} disabled={!label.trim()}>{t('common:save')}</Button>
        </div>
      }
    >
      <Button size="small" type="link">{t('saveView')}</Button>
    </Popover>
  );
}
