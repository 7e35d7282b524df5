// Writing one cell where it stands: the record is asked for first, for its version and what may be
// written; what others change meanwhile in other fields does not stand in the way; the save can be
// taken back for a few seconds.
import { type InfiniteData, useQueryClient } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { type KeyboardEvent, lazy, Suspense, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { conflicts, same } from '@/meta/draft.ts';
import { fieldOf } from '@/meta/definitions.ts';
import { quote } from '@/meta/filter/conditions.ts';
import { call } from '@/shared/api/http.ts';
import { isProblem } from '@/shared/api/problem.ts';
import type { Field, Json, ObjectDef, Page, RecordView } from '@/shared/api/types.ts';
import { useSentence } from '@/shared/ui/Failure.tsx';
import type { CellEditing } from '@/shared/ui/Grid.tsx';
import type { ListQuery } from './useList.ts';

const Editor = lazy(() => import('@/meta/fields/edit/Editor.tsx'));
const UNDO_SECONDS = 8;
/** Times that what others changed in other fields is taken in without asking. */
const MERGES = 3;

interface Editing { row: string; field: Field; stored: RecordView; value: Json; problem?: string }

export function useCellEdit(object: ObjectDef): CellEditing<RecordView> {
  const { t } = useTranslation('list');
  const { message } = App.useApp();
  const queries = useQueryClient();
  const sentence = useSentence();
  const [editing, setEditing] = useState<Editing | null>(null);
  const wanted = useRef('');

  /** Puts the record as it is stored into the lists that show it; the rest follows when needed. A
   * list on its way from before the change would show the old value again and is not waited for. */
  const show = async (id: string) => {
    const lists = queries.getQueryCache().findAll({ queryKey: ['records', object.name, 'list'] });
    await Promise.all(lists.map(async (list) => {
      const query = list.queryKey[3] as ListQuery | null;
      const shown = (list.state.data as InfiniteData<Page> | undefined)?.pages.some((page) => page.records?.some((row) => row.id === id));
      if (!query || !shown) return;
      await queries.cancelQueries({ queryKey: list.queryKey, exact: true });
      const page = await call<Page>(`records/${object.name}`, { query: { columns: query.columns.join(','), filter: `id = ${quote(id)}`, limit: 1, expand: true } });
      const next = page.records?.[0];
      queries.setQueryData<InfiniteData<Page>>(list.queryKey, (data) => data && {
        ...data, pages: data.pages.map((page) => ({ ...page, records: page.records?.map((row) => (next && row.id === id ? next : row)) })),
      });
    }));
    await queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === 'records' && queryKey[2] !== 'list' });
  };

  /** Writes a value over what the field holds in a record as it was read, and tells the record then. */
  const write = async (field: Field, value: Json, base: RecordView, merges = MERGES): Promise<RecordView> => {
    const at = `records/${object.name}/${base.id}`;
    try {
      const outcome = await call<RecordView>(at, { method: 'PATCH', body: { [field.name]: value }, version: base.version });
      await show(base.id);
      return outcome;
    } catch (error) {
      if (!isProblem(error, 'stale') || merges === 0) throw error;
      const theirs = await call<RecordView>(at, { query: { access: true, expand: true } });
      if (conflicts(base, theirs, { [field.name]: value }).length > 0) throw error;
      return await write(field, value, { ...base, version: theirs.version }, merges - 1);
    }
  };

  const begin = async (row: RecordView, column: string) => {
    const field = fieldOf(object, column);
    if (!field) return;
    const mark = `${row.id} ${column}`;
    wanted.current = mark;
    try {
      const stored = await call<RecordView>(`records/${object.name}/${row.id}`, { query: { access: true, expand: true } });
      if (wanted.current !== mark) return;
      if (stored.access?.write.includes(column) && !stored.masked.includes(column)) setEditing({ row: row.id, field, stored, value: stored.values[column] ?? null });
      else void message.warning(t('cellDenied', { label: field.label }));
    } catch (error) {
      void message.error(sentence(error));
    }
  };

  const save = async () => {
    if (!editing) return;
    const { row, field, stored, value } = editing;
    const before = stored.values[field.name] ?? null;
    if (same(before, value)) {
      setEditing(null);
      return;
    }
    try {
      const written = await write(field, value, stored);
      setEditing(null);
      const key = `cell ${row} ${field.name}`;
      const undo = async () => {
        message.destroy(key);
        try {
          await write(field, before, written);
          void message.success(t('cellUndone'));
        } catch (error) {
          void message.error(isProblem(error, 'stale') ? t('cellUndoStale', { label: field.label }) : sentence(error));
        }
      };
      void message.open({
        key, type: 'success', duration: UNDO_SECONDS,
        content: <span>{t('cellSaved', { label: field.label })} <Button size="small" type="link" onClick={() => void undo()}>{t('undo')}</Button></span>,
      });
    } catch (error) {
      const told = isProblem(error, 'invalid') ? error.violations.map((violation) => violation.message).join(' ') : isProblem(error, 'stale') ? t('cellStale') : sentence(error);
      setEditing({ ...editing, problem: told });
    }
  };

  return {
    at: editing ? { row: editing.row, column: editing.field.name } : undefined,
    editor: editing && (
      <Cell
        editing={editing} onChange={(value) => setEditing({ ...editing, value, problem: undefined })} onSave={() => void save()} onCancel={() => setEditing(null)}
      />
    ),
    begin: (row, column) => void begin(row, column),
    label: (label) => t('cellEdit', { label }),
  };
}

interface CellProps { editing: Editing; onChange: (value: Json) => void; onSave: () => void; onCancel: () => void }

function Cell({ editing, onChange, onSave, onCancel }: CellProps) {
  const { t } = useTranslation('list');
  const box = useRef<HTMLDivElement>(null);
  const { field, stored, value, problem } = editing;
  const title = stored.titles?.[field.name];
  const press = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.nativeEvent.isComposing) return;
    const picking = event.target instanceof HTMLElement && event.target.getAttribute('aria-expanded') === 'true';
    if (event.key === 'Escape') onCancel();
    else if (event.key === 'Enter' && !picking) onSave();
    else return;
    event.preventDefault();
  };
  // A press outside saves, as leaving a cell does in a spreadsheet; a picker's list is inside.
  useEffect(() => {
    const away = (event: globalThis.MouseEvent) => {
      const target = event.target;
      if (!(target instanceof Element) || box.current?.contains(target) || target.closest('.ant-select-dropdown, .ant-picker-dropdown, .ant-message')) return;
      onSave();
    };
    document.addEventListener('mousedown', away);
    return () => document.removeEventListener('mousedown', away);
  }, [onSave]);
  return (
    <div ref={box} className="cell-editor" onKeyDown={press} onClick={(event) => event.stopPropagation()} role="presentation">
      <Suspense fallback={<span className="editor-waiting" />}>
        <label className="sr-only" htmlFor="cell-editor">{field.label}</label>
        <Editor field={field} value={value} id="cell-editor" invalid={!!problem} autoFocus title={typeof title === 'string' ? title : undefined} onChange={onChange} />
      </Suspense>
      {problem ? <p className="cell-problem" role="alert">{problem}</p> : <span className="sr-only">{t('cellHint')}</span>}
    </div>
  );
}
