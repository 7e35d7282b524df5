// Option sets: their items in both languages, colours, order, retiring; written into the draft.
import { ArrowDownOutlined, ArrowUpOutlined, PlusOutlined } from '@ant-design/icons';
import { App, Button, Input, Select, Skeleton, Switch } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { language } from '@/shared/i18n/index.ts';
import { Failure, useSentence } from '@/shared/ui/Failure.tsx';
import { Tag } from '@/shared/ui/Tag.tsx';
import { useAdminSearch } from '../useAdminSearch.ts';
import { saveDraft, useFiles, useReread, useTexts } from './files.ts';
import { CODE, COLORS, type Item, type OptionFile, readOptions, shifted, writeOptions } from './optionSet.ts';
import { wordOf } from './shapes.ts';
import { UsageDrawer } from './UsageDrawer.tsx';

export function Options() {
  const { t } = useTranslation('admin');
  const [search, setSearch] = useAdminSearch();
  const [find, setFind] = useState('');
  /** Outside of the editor, which begins anew when its file is another. */
  const [sought, setSought] = useState<OptionFile>();
  const texts = useTexts('/options/');
  const drafted = new Set(useFiles().data?.draft);
  const sets = useMemo(() => Object.entries(texts.data ?? {}).map(([path, text]) => readOptions(path, text)).sort((a, b) => a.path.localeCompare(b.path)), [texts.data]);
  const tongue = language();
  const onFile = (path: string) => setSearch({ tab: 'draft', path });
  if (texts.error) return <Failure error={texts.error} onRetry={() => void texts.refetch()} />;
  if (texts.isPending) return <Skeleton active paragraph={{ rows: 8 }} />;
  const shown = sets.filter((set) => `${set.name} ${set.label.zh} ${set.label.en}`.toLowerCase().includes(find.trim().toLowerCase()));
  const current = sets.find((set) => set.path === search.set) ?? shown[0];
  return (
    <div className="def-split">
      <div className="stack">
        <Input allowClear aria-label={t('definitions.findOptions')} placeholder={t('definitions.findOptions')} value={find} onChange={(event) => setFind(event.target.value)} />
        <div className="panel def-list">
          {shown.map((set) => (
            <button key={set.path} type="button" aria-current={set === current} onClick={() => setSearch({ set: set.path })}>
              <span>{wordOf(set.label, tongue) || set.name}</span>{drafted.has(set.path) ? <Tag color="orange">{t('definitions.draftMark')}</Tag> : <small>{set.derived ? '' : set.items.length}</small>}
            </button>
          ))}
          {shown.length === 0 && <p className="admin-empty">{t('definitions.noOptions')}</p>}
        </div>
      </div>
      {current && <SetEditor key={`${current.path}\n${texts.data[current.path] ?? ''}`} set={current} text={texts.data[current.path] ?? ''} onFile={onFile} onUsage={() => setSought(current)} />}
      {sought && <UsageDrawer wanted={{ options: sought.name }} title={wordOf(sought.label, tongue)} onOpen={onFile} onClose={() => setSought(undefined)} />}
    </div>
  );
}

function SetEditor({ set, text, onFile, onUsage }: { set: OptionFile; text: string; onFile: (path: string) => void; onUsage: () => void }) {
  const { t } = useTranslation('admin');
  const { message } = App.useApp();
  const sentence = useSentence();
  const reread = useReread();
  const [label, setLabel] = useState(set.label);
  const [items, setItems] = useState<Item[]>(set.items);
  const [busy, setBusy] = useState(false);
  const written = writeOptions(text, items, label);
  const dirty = !set.derived && written !== writeOptions(text, set.items, set.label);
  const codes = items.map((item) => item.code);
  const flaw = (item: Item) => (!CODE.test(item.code) ? t('definitions.codeRule') : codes.filter((code) => code === item.code).length > 1 ? t('definitions.codeTaken') : undefined);
  const sound = items.every((item) => !flaw(item) && item.label.zh.trim() && item.label.en.trim()) && label.zh.trim() !== '' && label.en.trim() !== '';
  const put = (at: number, change: Partial<Item>) => setItems(items.map((item, index) => (index === at ? { ...item, ...change } : item)));
  const save = async () => {
    setBusy(true);
    try {
      await saveDraft(set.path, written);
      await reread();
      void message.success(t('definitions.written'));
    } catch (error) {
      void message.error(sentence(error));
    } finally {
      setBusy(false);
    }
  };
  const colors = [{ value: '', label: <Tag>{t('common:none')}</Tag> }, ...COLORS.map((color) => ({ value: color, label: <Tag color={color}>{color}</Tag> }))];
  return (
    <section className="panel def-object">
      <div className="def-object-head">
        <h2>{wordOf(set.label, language()) || set.name}</h2>
        <Button type="text" size="small" className="code" onClick={() => onFile(set.path)}>{set.path}</Button>
        <span className="grow" />
        <Button size="small" onClick={onUsage}>{t('definitions.usage')}</Button>
        {!set.derived && <Button size="small" type="primary" disabled={!dirty || !sound} loading={busy} onClick={() => void save()}>{t('definitions.toDraft')}</Button>}
      </div>
      {set.derived ? <p className="admin-empty">{t('definitions.derived')}</p> : (
        <>
          <div className="option-label">
            <label>{t('definitions.zh')}<Input value={label.zh} maxLength={50} onChange={(event) => setLabel({ ...label, zh: event.target.value })} /></label>
            <label>{t('definitions.en')}<Input value={label.en} maxLength={50} onChange={(event) => setLabel({ ...label, en: event.target.value })} /></label>
          </div>
          <ol className="option-items">
            {items.map((item, index) => (
              <li key={item.block || `new${index}`} data-retired={item.retired || undefined}>
                <span className="option-code">
                  {item.block ? <span className="code">{item.code}</span> : <Input className="code" aria-label={t('definitions.code')} placeholder={t('definitions.code')} value={item.code} maxLength={64} status={item.code && flaw(item) ? 'error' : undefined} onChange={(event) => put(index, { code: event.target.value })} />}
                  {item.code !== '' && flaw(item) && <small className="field-problem">{flaw(item)}</small>}
                </span>
                <Input aria-label={`${item.code} ${t('definitions.zh')}`} value={item.label.zh} maxLength={50} status={item.label.zh.trim() ? undefined : 'error'} onChange={(event) => put(index, { label: { ...item.label, zh: event.target.value } })} />
                <Input aria-label={`${item.code} ${t('definitions.en')}`} value={item.label.en} maxLength={50} status={item.label.en.trim() ? undefined : 'error'} onChange={(event) => put(index, { label: { ...item.label, en: event.target.value } })} />
                <Select aria-label={`${item.code} ${t('definitions.color')}`} value={item.color} options={colors} onChange={(color) => put(index, { color })} />
                <label className="switch-label"><Switch size="small" checked={item.retired} onChange={(retired) => put(index, { retired })} aria-label={`${item.code} ${t('definitions.shown')}`} /> {t('definitions.shown')}</label>
                <span className="option-moves">
                  <Button size="small" icon={<ArrowUpOutlined />} aria-label={`${item.code} ${t('definitions.up')}`} disabled={index === 0} onClick={() => setItems(shifted(items, index, -1))} />
                  <Button size="small" icon={<ArrowDownOutlined />} aria-label={`${item.code} ${t('definitions.down')}`} disabled={index === items.length - 1} onClick={() => setItems(shifted(items, index, 1))} />
                </span>
              </li>
            ))}
          </ol>
          <div className="option-foot"><Button icon={<PlusOutlined />} onClick={() => setItems([...items, { code: '', label: { zh: '', en: '' }, color: '', retired: false, parent: '', block: '' }])}>{t('definitions.addItem')}</Button></div>
        </>
      )}
    </section>
  );
}
