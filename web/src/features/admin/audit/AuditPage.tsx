// The audit log: what happened, narrowed down, entry by entry; and the proof that it is whole.
import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Skeleton } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useUserNames } from '@/features/record/useUserNames.ts';
import { instantText } from '@/meta/fields/moment.ts';
import { call } from '@/shared/api/http.ts';
import type { AuditEntry } from '@/shared/api/types.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { usePhone } from '@/shared/ui/useMedia.ts';
import { useLabels } from '../labels.ts';
import { useAdminSearch } from '../useAdminSearch.ts';
import { EntryDrawer } from './EntryDrawer.tsx';
import { Filters } from './Filters.tsx';
import { Integrity } from './Integrity.tsx';
import { type AuditFilter, filterOf, instants, told } from './model.ts';
import { useKindLabel } from './useKindLabel.ts';

interface Entries { entries: AuditEntry[]; next: number | null }

export default function AuditPage() {
  const { t } = useTranslation('admin');
  const [search, setSearch] = useAdminSearch();
  const filter = filterOf(search);
  const [open, setOpen] = useState<AuditEntry | null>(null);
  const phone = usePhone();
  const pages = useInfiniteQuery({
    queryKey: ['admin', 'audit', filter],
    queryFn: ({ pageParam, signal }) => call<Entries>('audit', { query: { ...filter, ...instants(filter.from, filter.until), limit: 50, before: pageParam }, signal }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const entries = pages.data?.pages.flatMap((page) => page.entries) ?? [];
  const names = useUserNames(entries.map((entry) => entry.actor));
  const narrow = (change: AuditFilter) => setSearch({ ...change });
  return (
    <>
      <div className="admin-head">
        <h1>{t('audit.title')}</h1>
        <Integrity record={filter.record} />
        <Button loading={pages.isRefetching} onClick={() => void pages.refetch()}>{t('common:reload')}</Button>
      </div>
      {phone
        ? <details className="panel audit-filters" open={Object.keys(filter).length > 0}><summary>{t('audit.filters')}</summary><Filters filter={filter} entries={entries} onChange={narrow} /></details>
        : <Filters filter={filter} entries={entries} onChange={narrow} />}
      {pages.error && <Failure error={pages.error} onRetry={() => void pages.refetch()} />}
      <div className="panel admin-scroll">
        {pages.isPending ? <Skeleton active paragraph={{ rows: 8 }} className="list-skeleton" /> : (
          <Entries entries={entries} names={names} current={open?.id} onOpen={setOpen} />
        )}
        {pages.isSuccess && entries.length === 0 && <p className="admin-empty">{t('audit.none')}</p>}
      </div>
      {pages.hasNextPage && <Button block loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>{t('older')}</Button>}
      {open && <EntryDrawer entry={open} who={names(open.actor)} onClose={() => setOpen(null)} onNarrow={(change) => { setOpen(null); narrow(change); }} />}
    </>
  );
}

interface ListProps { entries: AuditEntry[]; names: (id: string | null) => string | undefined; current?: string; onOpen: (entry: AuditEntry) => void }

function Entries({ entries, names, current, onOpen }: ListProps) {
  const { t } = useTranslation('admin');
  const kind = useKindLabel();
  const labels = useLabels();
  return (
    <table className="admin-table admin-stacked">
      <thead><tr><th>{t('audit.number')}</th><th>{t('audit.at')}</th><th>{t('audit.actor')}</th><th>{t('audit.kind')}</th><th>{t('audit.object')}</th><th>{t('audit.summary')}</th></tr></thead>
      <tbody>
        {entries.map((entry) => (
          <tr key={entry.id} className={`pressable${entry.id === current ? ' current' : ''}`} onClick={() => onOpen(entry)}>
            <td className="number tabular muted">{entry.number}</td>
            <td className="nowrap tabular">{instantText(entry.at, true)}</td>
            <td className="nowrap" data-label={t('audit.actor')}>{names(entry.actor) ?? (entry.actor ? t('audit.system') : '—')}</td>
            <td className="nowrap"><button type="button" className="link" onClick={() => onOpen(entry)}>{kind(entry.kind)}</button></td>
            <td data-label={t('audit.object')}>{labels.of(entry.object)}</td>
            <td><Summary entry={entry} /></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Summary({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation('admin');
  const { changes, reason, facts } = told(entry);
  const parts = [
    changes.length > 0 ? t('audit.fields', { count: changes.length }) : '',
    reason ? t('audit.reasonIs', { text: reason }) : '',
    ...facts.filter(([name, value]) => ['code', 'command', 'path', 'version', 'note', 'name', 'rows'].includes(name) && typeof value !== 'object').map(([, value]) => String(value)),
  ];
  return <span className="muted">{parts.filter((part) => part !== '').join(' · ')}</span>;
}
