// A plain text editor for one definition file: line numbers, mistakes at their lines, saved as draft.
import { useQueryClient } from '@tanstack/react-query';
import { App, Button, Skeleton, Space } from 'antd';
import { type KeyboardEvent, useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isProblem } from '@/shared/api/problem.ts';
import { Failure, useSentence } from '@/shared/ui/Failure.tsx';
import { Tag } from '@/shared/ui/Tag.tsx';
import { discardDraft, type Mistake, pathOf, saveDraft, sentenceOf, useFile, useReread } from './files.ts';

interface Props { path: string; problems: Mistake[]; goTo?: { line: number; at: number }; onDirty: (dirty: boolean) => void }

export function FileEditor(props: Props) {
  const { path } = props;
  const file = useFile(path);
  const fresh = isProblem(file.error, 'not_found');
  if (file.error && !fresh) return <Failure error={file.error} onRetry={() => void file.refetch()} />;
  if (file.isPending) return <Skeleton active />;
  return <Editor {...props} published={file.data?.text ?? null} draft={file.data?.draft ?? null} />;
}

function Editor({ path, problems, goTo, onDirty, published, draft }: Props & { published: string | null; draft: string | null }) {
  const { t } = useTranslation('admin');
  const { message, modal } = App.useApp();
  const sentence = useSentence();
  const stored = draft ?? published ?? '';
  const [text, setText] = useState(stored);
  const [busy, setBusy] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLPreElement>(null);
  const queries = useQueryClient();
  const reread = useReread();
  const dirty = text !== stored;
  const own = problems.filter((problem) => pathOf(problem) === path);
  const wrong = new Set(own.map((problem) => problem.line));
  useEffect(() => onDirty(dirty), [dirty, onDirty]);
  useEffect(() => () => onDirty(false), [onDirty]);

  const jump = useCallback((line: number) => {
    const box = area.current;
    if (!box) return;
    const lines = box.value.split('\n');
    const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    box.focus();
    box.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
    box.scrollTop = Math.max(0, (line - 6) * (box.scrollHeight / Math.max(lines.length, 1)));
  }, []);
  useEffect(() => {
    if (goTo) jump(goTo.line);
  }, [goTo, jump]);

  const run = async (work: () => Promise<unknown>, done?: () => void) => {
    setBusy(true);
    try {
      await work();
      await reread();
      done?.();
    } catch (error) {
      void message.error(sentence(error));
    } finally {
      setBusy(false);
    }
  };
  const save = () => void run(() => saveDraft(path, text));
  const discard = () => void modal.confirm({
    title: t('definitions.discardAsk'), okText: t('definitions.discard'), cancelText: t('common:cancel'),
    onOk: () => run(async () => {
      await discardDraft(path);
      queries.removeQueries({ queryKey: ['admin', 'definitions', 'file', path] });
    }, () => setText(published ?? '')),
  });
  const remove = () => void modal.confirm({
    title: t('definitions.removeAsk', { path }), okText: t('definitions.remove'), okButtonProps: { danger: true }, cancelText: t('common:cancel'),
    onOk: () => run(() => (published === null ? discardDraft(path) : saveDraft(path, null)), () => setText('')),
  });
  const press = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key.toLowerCase() !== 's' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (dirty && text.trim()) save();
  };
  return (
    <section className="stack">
      <div className="admin-head">
        <h2 className="code" style={{ marginRight: 'auto' }}>{path}</h2>
        {draft !== null && <Tag color="orange">{t(draft === '' ? 'definitions.removed' : 'definitions.draftMark')}</Tag>}
        {dirty && <Tag color="blue">{t('definitions.edited')}</Tag>}
        <Space wrap>
          {draft !== null && <Button size="small" onClick={discard}>{t('definitions.discard')}</Button>}
          {draft !== '' && <Button size="small" danger onClick={remove}>{t('definitions.remove')}</Button>}
          <Button size="small" type="primary" disabled={!dirty || !text.trim()} loading={busy} onClick={save}>{t('definitions.saveDraft')}</Button>
        </Space>
      </div>
      <div className="editor code">
        <pre ref={gutter} aria-hidden="true">{text.split('\n').map((_, index) => <span key={`n${index + 1}`}>{wrong.has(index + 1) ? <b>{index + 1}</b> : index + 1}{'\n'}</span>)}</pre>
        <textarea
          ref={area} className="code" value={text} spellCheck={false} autoCapitalize="off" autoCorrect="off" aria-label={path} aria-invalid={own.length > 0} wrap="off"
          onChange={(event) => setText(event.target.value)} onKeyDown={press}
          onScroll={(event) => { if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop; }}
        />
      </div>
      {own.length > 0 && (
        <ul className="panel problems" aria-label={t('definitions.problems')}>
          {own.map((problem) => (
            <li key={`${problem.line}-${problem.column}-${problem.code}`}>
              <button type="button" onClick={() => jump(problem.line)}><span className="place tabular">{t('definitions.line', { line: problem.line })}</span><span>{sentenceOf(problem)}</span></button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
