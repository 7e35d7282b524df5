// Every object with its fields, read from the definition files as the draft would have them.
import { Button, Input, Skeleton } from 'antd';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { language } from '@/shared/i18n/index.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { Tag } from '@/shared/ui/Tag.tsx';
import { useAdminSearch } from '../useAdminSearch.ts';
import { useTexts } from './files.ts';
import { UsageDrawer } from './UsageDrawer.tsx';
import { type FieldShape, objectsOf, type ObjectShape, wordOf } from './shapes.ts';

const AddField = lazy(() => import('./AddField.tsx'));
const EditLabel = lazy(() => import('./EditLabel.tsx'));

export function Objects() {
  const { t } = useTranslation('admin');
  const [search, setSearch] = useAdminSearch();
  const [find, setFind] = useState('');
  const texts = useTexts('/objects/');
  const objects = useMemo(() => objectsOf(texts.data ?? {}), [texts.data]);
  const tongue = language();
  if (texts.error) return <Failure error={texts.error} onRetry={() => void texts.refetch()} />;
  if (texts.isPending) return <Skeleton active paragraph={{ rows: 8 }} />;
  const shown = objects.filter((object) => `${object.name} ${wordOf(object.label, tongue)}`.toLowerCase().includes(find.trim().toLowerCase()));
  const current = objects.find((object) => object.name === search.object) ?? shown[0];
  const packs = [...new Set(shown.map((object) => object.pack))];
  return (
    <div className="def-split">
      <div className="stack">
        <Input allowClear aria-label={t('definitions.find')} placeholder={t('definitions.find')} value={find} onChange={(event) => setFind(event.target.value)} />
        <div className="panel def-list">
          {packs.map((pack) => (
            <div key={pack}>
              <h3>{pack}</h3>
              {shown.filter((object) => object.pack === pack).map((object) => (
                <button key={object.name} type="button" aria-current={object === current} onClick={() => setSearch({ object: object.name })}>
                  <span>{wordOf(object.label, tongue) || object.name}</span><small>{object.fields.length}</small>
                </button>
              ))}
            </div>
          ))}
        </div>
      </div>
      {current && <ObjectView object={current} onOpen={(path) => setSearch({ tab: 'draft', path })} />}
    </div>
  );
}

function ObjectView({ object, onOpen }: { object: ObjectShape; onOpen: (path: string) => void }) {
  const { t } = useTranslation('admin');
  const [adding, setAdding] = useState(false);
  /** What is renamed, or looked for in the files: the object itself or one of its fields. */
  const [renamed, setRenamed] = useState<FieldShape | 'object'>();
  const [sought, setSought] = useState<FieldShape | 'object'>();
  const tongue = language();
  const title = (one: FieldShape | 'object') => (one === 'object' ? wordOf(object.label, tongue) : `${wordOf(object.label, tongue)} · ${wordOf(one.label, tongue)}`);
  return (
    <section className="panel def-object">
      <div className="def-object-head">
        <h2>{wordOf(object.label, tongue) || object.name}</h2><span className="muted code">{object.name}</span>
        {object.paths.map((path) => <Button key={path} size="small" onClick={() => onOpen(path)}>{path}</Button>)}
        <Button size="small" onClick={() => setRenamed('object')}>{t('definitions.editLabel')}</Button>
        <Button size="small" onClick={() => setSought('object')}>{t('definitions.usage')}</Button>
        <Button type="primary" size="small" onClick={() => setAdding(true)}>{t('definitions.addField')}</Button>
      </div>
      <div className="admin-scroll">
        <table className="admin-table admin-stacked">
          <thead><tr><th>{t('definitions.label')}</th><th>{t('definitions.name')}</th><th>{t('definitions.type')}</th><th>{t('definitions.level')}</th><th>{t('definitions.marks')}</th><th>{t('definitions.pack')}</th><th><span className="sr-only">{t('common:more')}</span></th></tr></thead>
          <tbody>
            {object.fields.map((field) => (
              <tr key={field.name}>
                <td title={wordOf(field.help, tongue)}>{wordOf(field.label, tongue)}</td>
                <td className="code">{field.name}</td>
                <td><TypeText field={field} /></td>
                <td data-label={t('definitions.level')} className="nowrap">{field.level}</td>
                <td><Marks field={field} /></td>
                <td className="muted">{field.pack}</td>
                <td className="nowrap"><span className="actions">
                  <button type="button" className="link" aria-label={`${t('definitions.editLabel')} ${wordOf(field.label, tongue)}`} onClick={() => setRenamed(field)}>{t('definitions.editLabel')}</button>
                  <button type="button" className="link" aria-label={`${t('definitions.usage')} ${wordOf(field.label, tongue)}`} onClick={() => setSought(field)}>{t('definitions.usage')}</button>
                </span></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {renamed && <Suspense fallback={null}><EditLabel object={object} field={renamed === 'object' ? undefined : renamed} onClose={() => setRenamed(undefined)} /></Suspense>}
      {sought && <UsageDrawer wanted={sought === 'object' ? { object: object.name } : { object: object.name, field: sought.name }} title={title(sought)} onOpen={onOpen} onClose={() => setSought(undefined)} />}
      {adding && <Suspense fallback={null}><AddField object={object} onClose={(path) => { setAdding(false); if (path) onOpen(path); }} /></Suspense>}
    </section>
  );
}

function TypeText({ field }: { field: FieldShape }) {
  const { t, i18n } = useTranslation('admin');
  const word = i18n.exists(`admin:types.${field.type}`) ? t(`types.${field.type}`) : field.type;
  return <>{word}{field.about && <span className="muted"> {field.about}</span>}</>;
}

function Marks({ field }: { field: FieldShape }) {
  const { t } = useTranslation('admin');
  return <span className="def-flags">{field.marks.map((mark) => <Tag key={mark} color={mark === 'required' ? 'orange' : mark === 'encrypted' ? 'purple' : 'gray'}>{t(`definitions.mark.${mark}`)}</Tag>)}</span>;
}
