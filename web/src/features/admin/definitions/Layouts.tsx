// Arranging the page of an object: sections and fields by drag or by button, beside what comes of it.
import { Button, Select, Skeleton } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { language } from '@/shared/i18n/index.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { useStored } from '@/shared/ui/stored.ts';
import { useAdminSearch } from '../useAdminSearch.ts';
import { packsOf, saveDraft, useFiles, useReread, useTexts } from './files.ts';
import { type LayoutFile, layoutsOf, newLayout } from './layout.ts';
import { LayoutEditor } from './LayoutEditor.tsx';
import { newPack } from './ownPack.ts';
import { objectsOf, wordOf } from './shapes.ts';

export function Layouts() {
  const { t } = useTranslation('admin');
  const [search, setSearch] = useAdminSearch();
  const [pack] = useStored('admin.pack', 'own');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const files = useFiles().data;
  const texts = useTexts('/layouts/');
  const objectTexts = useTexts('/objects/');
  const reread = useReread();
  const layouts = useMemo(() => layoutsOf(texts.data ?? {}), [texts.data]);
  const objects = useMemo(() => objectsOf(objectTexts.data ?? {}), [objectTexts.data]);
  const tongue = language();
  const failed = texts.error ?? objectTexts.error;
  if (failed) return <Failure error={failed} onRetry={() => { void texts.refetch(); void objectTexts.refetch(); }} />;
  if (texts.isPending || objectTexts.isPending) return <Skeleton active paragraph={{ rows: 8 }} />;
  const object = objects.find((one) => one.name === search.object) ?? objects.find((one) => layouts.some((layout) => layout.object === one.name)) ?? objects[0];
  const own = layouts.filter((layout) => layout.object === object?.name);
  const current: LayoutFile | undefined = own.find((layout) => layout.path === search.layout) ?? own[0];
  const add = async () => {
    if (!object) return;
    setBusy(true);
    setError(null);
    try {
      const head = newPack(pack, packsOf(files));
      if (head) await saveDraft(head.path, head.text);
      const path = `${pack}/layouts/${object.name}_${pack}.toml`;
      const fields = object.fields.filter((field) => field.type !== 'child_table' && !field.marks.includes('retired')).map((field) => field.name);
      const label = { zh: `${object.label.zh}（本机构）`, en: `${object.label.en} (ours)` };
      await saveDraft(path, newLayout(object.name, label, object.label, fields));
      await reread();
      setSearch({ layout: path });
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const text = texts.data?.[current?.path ?? ''] ?? '';
  const made = own.some((layout) => layout.path === `${pack}/layouts/${object?.name}_${pack}.toml`);
  return (
    <div className="stack">
      <div className="admin-bar">
        <Select aria-label={t('definitions.object')} value={object?.name} showSearch={{ optionFilterProp: 'label' }} options={objects.map((one) => ({ value: one.name, label: wordOf(one.label, tongue) || one.name }))} onChange={(name) => setSearch({ object: name, layout: '' })} />
        {own.length > 0 && <Select className="layout-choice" aria-label={t('definitions.chooseLayout')} value={current?.path} options={own.map((layout) => ({ value: layout.path, label: `${wordOf(layout.label, tongue)} · ${layout.path}` }))} onChange={(layout) => setSearch({ layout })} />}
        {!made && <Button loading={busy} onClick={() => void add()}>{t('definitions.newLayout')}</Button>}
      </div>
      {error !== null && <Failure error={error} />}
      {object && current && <LayoutEditor key={`${current.path}\n${text}`} layout={current} text={text} object={object} drafted={files?.draft.includes(current.path) ?? false} />}
      {object && !current && <div className="panel admin-empty">{t('definitions.noLayouts')}</div>}
    </div>
  );
}
