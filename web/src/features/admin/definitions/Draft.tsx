// The draft: files, an editor with the mistakes at their lines, what it would change, publishing.
import { App, Button, Input, Modal, Skeleton } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Failure } from '@/shared/ui/Failure.tsx';
import { Tag } from '@/shared/ui/Tag.tsx';
import { useAdminSearch } from '../useAdminSearch.ts';
import { Changes } from './Changes.tsx';
import { FileEditor } from './FileEditor.tsx';
import { useDiff, useFiles } from './files.ts';

const PATH = /^[a-z][a-z0-9_]*(\/[a-z0-9_]+)*\/[a-z0-9_]+\.toml$/;

export function Draft() {
  const { t } = useTranslation('admin');
  const [search, setSearch] = useAdminSearch();
  const [find, setFind] = useState('');
  const [line, setLine] = useState<{ line: number; at: number }>();
  const { modal } = App.useApp();
  const [dirty, setDirty] = useState(false);
  const files = useFiles();
  const diff = useDiff();
  if (files.error) return <Failure error={files.error} onRetry={() => void files.refetch()} />;
  if (!files.data) return <Skeleton active />;
  const drafted = new Set(files.data.draft);
  const all = [...new Set([...files.data.files, ...files.data.draft])].sort().filter((path) => path.includes(find.trim()));
  const open = async (path: string, at?: number) => {
    const leaving = dirty && path !== search.path;
    if (leaving && !(await modal.confirm({ title: t('definitions.unsaved'), okText: t('definitions.leave'), cancelText: t('common:cancel') }))) return;
    if (leaving) setDirty(false);
    setSearch({ path });
    setLine(at ? { line: at, at: Date.now() } : undefined);
  };
  return (
    <div className="stack">
      <Changes diff={diff} drafted={drafted.size} blocked={dirty} onOpen={(path, at) => void open(path, at)} />
      <div className="def-split">
        <div className="stack">
          <NewFile taken={all} onMade={(path) => void open(path)} />
          <Input allowClear aria-label={t('definitions.findFile')} placeholder={t('definitions.findFile')} value={find} onChange={(event) => setFind(event.target.value)} />
          <div className="panel def-list">
            {drafted.size > 0 && <h3>{t('definitions.changed')}</h3>}
            {all.filter((path) => drafted.has(path)).map((path) => <FileLine key={`d${path}`} path={path} drafted current={path === search.path} onOpen={open} />)}
            <h3>{t('definitions.files')}</h3>
            {all.map((path) => <FileLine key={path} path={path} current={path === search.path} onOpen={open} />)}
          </div>
        </div>
        {search.path
          ? <FileEditor key={search.path} path={search.path} problems={diff.data?.problems ?? []} goTo={line} onDirty={setDirty} />
          : <div className="panel admin-empty">{t('definitions.choose')}</div>}
      </div>
    </div>
  );
}

function FileLine({ path, drafted, current, onOpen }: { path: string; drafted?: boolean; current: boolean; onOpen: (path: string) => void }) {
  const { t } = useTranslation('admin');
  return <button type="button" aria-current={current} onClick={() => void onOpen(path)}><span>{path}</span>{drafted && <Tag color="orange">{t('definitions.draftMark')}</Tag>}</button>;
}

function NewFile({ taken, onMade }: { taken: string[]; onMade: (path: string) => void }) {
  const { t } = useTranslation('admin');
  const [open, setOpen] = useState(false);
  const [path, setPath] = useState('own/objects/');
  const good = PATH.test(path) && !taken.includes(path);
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t('definitions.newFile')}</Button>
      <Modal open={open} title={t('definitions.newFile')} onCancel={() => setOpen(false)} okButtonProps={{ disabled: !good }} onOk={() => { setOpen(false); onMade(path); }}>
        <p className="muted">{t('definitions.newFileHint')}</p>
        <Input aria-label={t('definitions.newFile')} value={path} maxLength={200} className="code" onChange={(event) => setPath(event.target.value.trim())} status={path.endsWith('.toml') && !good ? 'error' : undefined} />
      </Modal>
    </>
  );
}
