// The conditions in force beyond the published filter, each removable; what was changed about the
// view, and keeping it.
import { CloseOutlined, WarningOutlined } from '@ant-design/icons';
import { App, Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isAny, partsOf, removed } from '@/meta/filter/where.ts';
import { useWords } from '@/meta/filter/useWords.ts';
import type { ObjectDef } from '@/shared/api/types.ts';
import { useSentence } from '@/shared/ui/Failure.tsx';
import { groupField, groupLabel } from './groups.ts';
import { quickField, standing } from './QuickChips.tsx';
import type { ListState } from './useListState.ts';

const ViewDialog = lazy(() => import('./ViewDialog.tsx'));

interface Props { state: ListState; object: ObjectDef; onEdit: () => void }

export function FilterChips({ state, object, onEdit }: Props) {
  const { t } = useTranslation('list');
  const { message } = App.useApp();
  const sentence = useSentence();
  const words = useWords(object, state.where);
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const { where, view, search, set, kept } = state;
  // "Any of" is one condition to read; "all of" is as many as it has.
  const quick = quickField(object, state);
  const pressed = quick && standing(where, quick);
  const parts = (partsOf(where).length === 0 ? [] : isAny(where) ? [where] : partsOf(where)).map((part, at) => ({ part, at })).filter(({ part }) => part !== pressed);
  const by = groupField(object, state.group);
  if (parts.length === 0 && !state.changed && !search.of && !by) return null;
  const drop = (at: number) => set({ f: isAny(where) ? { all: [] } : removed(where, [at]) });
  const own = view?.kept?.mine ? view : undefined;
  const save = async () => {
    if (!own) return;
    setBusy(true);
    try {
      const { definition, dropped } = state.definition();
      await kept.change(own, {}, definition);
      state.revert();
      void message.success({ content: t(dropped ? 'viewSavedWithout' : 'viewSaved'), duration: dropped ? 5 : 1.5 });
    } catch (error) {
      void message.error(sentence(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="chips">
      {search.of && <Chip text={search.ofLabel ?? search.of} onRemove={() => set({ of: undefined, ofLabel: undefined })} />}
      {parts.map(({ part, at }) => <Chip key={JSON.stringify(part)} text={words(part)} onOpen={onEdit} onRemove={() => drop(at)} />)}
      {by && <Chip text={`${t('groupBy')} ${groupLabel(by, t)}`} onRemove={() => set({ group: '' })} />}
      {state.hidden && <span className="chip chip-warn"><WarningOutlined /> {t('hiddenCondition')}</span>}
      {state.changed && (
        <span className="chips-changed">
          <span className="chip-changed">{t('unsaved')}</span>
          {own && <Button size="small" type="primary" loading={busy} onClick={() => void save()}>{t('common:save')}</Button>}
          {kept.mayKeep && <Button size="small" onClick={() => setAsking(true)}>{t('saveView')}</Button>}
          <Button size="small" type="text" onClick={() => state.revert()}>{t('discard')}</Button>
        </span>
      )}
      {asking && <Suspense fallback={null}><ViewDialog state={state} object={object} onClose={() => setAsking(false)} /></Suspense>}
    </div>
  );
}

function Chip({ text, onOpen, onRemove }: { text: string; onOpen?: () => void; onRemove: () => void }) {
  const { t } = useTranslation('list');
  return (
    <span className="chip">
      {onOpen ? <button type="button" className="chip-text" onClick={onOpen}>{text}</button> : <span className="chip-text">{text}</span>}
      <button type="button" className="chip-drop" aria-label={`${t('removeCondition')} ${text}`} onClick={onRemove}><CloseOutlined /></button>
    </span>
  );
}
