// Who did what to a record, from its audit entries; sensitive values show as sealed.
import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Drawer, Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import { fieldOf } from '@/meta/definitions.ts';
import { instantText } from '@/meta/fields/moment.ts';
import { Show } from '@/meta/fields/Show.tsx';
import { call } from '@/shared/api/http.ts';
import type { AuditEntry, Json, ObjectDef, RecordView } from '@/shared/api/types.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { useUserNames } from './useUserNames.ts';

interface Entries { entries: AuditEntry[]; next: string | null }
interface Change { field: string; from?: Json; to?: Json }

const KINDS = new Set(['create', 'update', 'delete', 'restore', 'reveal', 'share']);

export default function HistoryDrawer({ object, record, onClose }: { object: ObjectDef; record: RecordView; onClose: () => void }) {
  const { t } = useTranslation('record');
  const pages = useInfiniteQuery({
    queryKey: ['records', record.object, 'history', record.id],
    queryFn: ({ pageParam, signal }) => call<Entries>(`records/${record.object}/${record.id}/history`, { query: { limit: 20, before: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const entries = pages.data?.pages.flatMap((page) => page.entries) ?? [];
  const names = useUserNames(entries.map((entry) => entry.actor));
  return (
    <Drawer open onClose={onClose} title={t('historyView.title')} size={460}>
      {pages.isPending && <Skeleton active />}
      {pages.error && <Failure error={pages.error} onRetry={() => void pages.refetch()} />}
      {pages.isSuccess && entries.length === 0 && <p className="muted">{t('historyView.none')}</p>}
      <ol className="history">
        {entries.map((entry) => <Entry key={entry.id} entry={entry} object={object} who={names(entry.actor) ?? t('historyView.system')} />)}
      </ol>
      {pages.hasNextPage && <Button block loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>{t('historyView.more')}</Button>}
    </Drawer>
  );
}

function Entry({ entry, object, who }: { entry: AuditEntry; object: ObjectDef; who: string }) {
  const { t } = useTranslation('record');
  const body = asMap(entry.body);
  const detail = asMap(body.detail);
  const reason = typeof body.reason === 'string' ? body.reason : null;
  return (
    <li>
      <div className="history-head">
        <b>{t(`historyView.${KINDS.has(entry.kind) ? entry.kind : 'other'}`)}</b><span>{t('historyView.by', { who })}</span>
        <time className="muted tabular" dateTime={entry.at}>{instantText(entry.at)}</time>
      </div>
      {reason && <p className="muted">{t('historyView.reason', { text: reason })}</p>}
      {entry.kind !== 'create' && <Changes changes={changesOf(detail)} object={object} />}
      {typeof detail.field === 'string' && <p>{fieldOf(object, detail.field)?.label ?? detail.field}</p>}
    </li>
  );
}

function Changes({ changes, object }: { changes: Change[]; object: ObjectDef }) {
  return (
    <ul className="history-changes">
      {changes.map((change) => (
        <li key={change.field}>
          <span>{fieldOf(object, change.field)?.label ?? change.field}</span>
          <span><Value object={object} field={change.field} value={change.from} /> → <Value object={object} field={change.field} value={change.to} /></span>
        </li>
      ))}
    </ul>
  );
}

function Value({ object, field: name, value }: { object: ObjectDef; field: string; value?: Json }) {
  const { t } = useTranslation('record');
  const field = fieldOf(object, name);
  if (value && typeof value === 'object' && !Array.isArray(value) && 'digest' in value) return <span className="muted">{t('historyView.sealed')}</span>;
  return field ? <Show field={field} value={value} plain /> : <span>{JSON.stringify(value ?? null)}</span>;
}

function asMap(value: Json | undefined): Record<string, Json> {
  return value && typeof value === 'object' && !Array.isArray(value) ? value : {};
}

/** `{changed: {field: {from, to}}}` or `{set: {field: value}}`. */
export function changesOf(detail: Record<string, Json>): Change[] {
  const pairs = asMap(detail.changed ?? detail.fields ?? detail.diff);
  const found: Change[] = Object.entries(pairs).map(([field, value]) => {
    if (Array.isArray(value)) return { field, from: value[0], to: value[1] };
    const pair = asMap(value);
    return { field, from: pair.from ?? pair.old, to: pair.to ?? pair.new };
  });
  if (found.length > 0) return found;
  return Object.entries(asMap(detail.set)).map(([field, to]) => ({ field, to }));
}
