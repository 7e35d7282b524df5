// Find a record, go to a view, start something: all by typing.
import { EnterOutlined, FilterOutlined, PlusOutlined, SearchOutlined } from '@ant-design/icons';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Modal } from 'antd';
import { type KeyboardEvent, type ReactNode, useDeferredValue, useEffect, useId, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '@/shared/api/http.ts';
import type { ObjectEntry, RecordView, SearchGroup } from '@/shared/api/types.ts';
import { ObjectIcon } from '@/shared/ui/icons.tsx';
import { plainTitle, secondLine } from '@/meta/titles.ts';
import { navigation } from './navigation.ts';
import { useRecent } from './recent.ts';

interface Choice { key: string; icon: ReactNode; label: string; hint?: string; group: string; go: () => void }

interface Props { open: boolean; onClose: () => void; objects: ObjectEntry[] }

export default function Palette({ open, onClose, objects }: Props) {
  return (
    <Modal open={open} title={<Name />} onCancel={onClose} footer={null} closable={false} width={620} className="palette" destroyOnHidden styles={{ container: { padding: 0 }, header: { margin: 0, height: 0 } }} style={{ top: 72 }}>
      <Body objects={objects} onClose={onClose} />
    </Modal>
  );
}

/** The dialog's name, for those who hear it. */
function Name() {
  const { t } = useTranslation('shell');
  return <span className="sr-only">{t('palette')}</span>;
}

function Body({ objects, onClose }: { objects: ObjectEntry[]; onClose: () => void }) {
  const { t } = useTranslation('shell');
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [eager, setEager] = useState(false);
  const asked = useDeferredValue(text.trim());
  const { choices, busy } = useChoices(asked, objects);
  // The choices still belong to what was typed before.
  const behind = busy || asked !== text.trim();
  const current = Math.min(at, Math.max(choices.length - 1, 0));
  useEffect(() => {
    const timer = setTimeout(() => input.current?.focus(), 30);
    return () => clearTimeout(timer);
  }, []);
  useEffect(() => {
    document.getElementById(`${id}-${current}`)?.scrollIntoView({ block: 'nearest' });
  }, [current, id]);
  const take = (choice?: Choice) => {
    if (!choice) return;
    onClose();
    choice.go();
  };
  const first = choices[0];
  useEffect(() => {
    if (!eager || behind) return;
    setEager(false);
    if (first) {
      onClose();
      first.go();
    }
  }, [eager, behind, first, onClose]);
  const press = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'ArrowDown') setAt(Math.min(current + 1, choices.length - 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(current - 1, 0));
    else if (event.key === 'Enter' && behind && at === 0) setEager(true);
    else if (event.key === 'Enter') take(choices[current]);
    else return;
    event.preventDefault();
  };
  return (
    <div>
      <div className="palette-input">
        <SearchOutlined />
        <input
          ref={input} value={text} placeholder={t('paletteHint')} aria-label={t('palette')} maxLength={100} role="combobox"
          aria-expanded="true" aria-controls={`${id}-list`} aria-activedescendant={choices.length > 0 ? `${id}-${current}` : undefined}
          onChange={(event) => { setText(event.target.value); setAt(0); setEager(false); }} onKeyDown={press}
        />
      </div>
      <div className="palette-list" id={`${id}-list`} role="listbox" aria-label={t('palette')} aria-busy={busy}>
        {choices.map((choice, index) => (
          <div key={choice.key} role="presentation">
            {choice.group !== choices[index - 1]?.group && <div className="palette-group">{choice.group}</div>}
            <div
              id={`${id}-${index}`} role="option" tabIndex={-1} aria-selected={index === current} className="palette-choice"
              onMouseMove={() => setAt(index)} onClick={() => take(choice)} onKeyDown={press}
            >
              {choice.icon}<span className="palette-label">{choice.label}</span><span className="palette-hint">{choice.hint}</span>
              {index === current && <EnterOutlined className="palette-enter" />}
            </div>
          </div>
        ))}
      </div>
      {choices.length === 0 && !busy && <p className="palette-empty">{text.trim() ? t('paletteEmpty', { text: text.trim() }) : t('paletteStart')}</p>}
      <div className="palette-foot"><kbd>↑↓</kbd>{t('keysMove')}<kbd>↵</kbd>{t('keysOpen')}<kbd>Esc</kbd>{t('keysClose')}</div>
    </div>
  );
}

function useChoices(text: string, objects: ObjectEntry[]): { choices: Choice[]; busy: boolean } {
  const { t } = useTranslation('shell');
  const navigate = useNavigate();
  const recent = useRecent();
  const [wanted, setWanted] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setWanted(text), 120);
    return () => clearTimeout(timer);
  }, [text]);
  const found = useQuery({
    queryKey: ['search', wanted],
    queryFn: ({ signal }) => call<{ results: SearchGroup[] }>('search', { query: { q: wanted, limit: 6 }, signal }),
    enabled: wanted.length > 0,
    placeholderData: keepPreviousData,
  });
  const choices = useMemo(() => {
    const icons = new Map(objects.map((object) => [object.name, object.icon]));
    const titles = new Map(objects.map((object) => [object.name, object.title]));
    const openRecord = (object: string, id: string) => () => void navigate({ to: '/app/record/$object/$id', params: { object, id } });
    if (!text) {
      return recent.map((entry) => ({
        key: entry.id, icon: <ObjectIcon name={icons.get(entry.object)} />, label: entry.title, group: t('recent'),
        hint: objects.find((object) => object.name === entry.object)?.label, go: openRecord(entry.object, entry.id),
      }));
    }
    const order = new Map(navigation(objects).main.map((object, index) => [object.name, index]));
    const groups = wanted ? [...(found.data?.results ?? [])] : [];
    groups.sort((a, b) => (order.get(a.object) ?? 99) - (order.get(b.object) ?? 99));
    const records = groups.flatMap((group) => group.records.map((record: RecordView) => ({
      key: record.id, icon: <ObjectIcon name={icons.get(group.object)} />, label: plainTitle(record, titles.get(group.object)), hint: secondLine(record, titles.get(group.object)),
      group: group.label, go: openRecord(group.object, record.id),
    })));
    const match = (label: string) => label.toLowerCase().includes(text.toLowerCase());
    const pages = objects.filter((object) => object.actions.includes('read') && match(object.label)).slice(0, 5).map((object) => ({
      key: `list ${object.name}`, icon: <FilterOutlined />, label: object.label, group: t('groupPages'),
      go: () => void navigate({ to: '/app/list/$object', params: { object: object.name } }),
    }));
    const creates = objects
      .filter((object) => object.actions.includes('create') && match(t('create', { label: object.label })))
      .slice(0, 5)
      .map((object) => ({
        key: `new ${object.name}`, icon: <PlusOutlined />, label: t('create', { label: object.label }), group: t('groupActions'),
        go: () => void navigate({ to: '/app/new/$object', params: { object: object.name } }),
      }));
    return [...pages, ...records, ...creates] as Choice[];
  }, [text, wanted, found.data, objects, recent, navigate, t]);
  return { choices, busy: found.isFetching || wanted !== text };
}
