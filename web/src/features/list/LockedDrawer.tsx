// Records that the law alone still keeps: out of everybody's sight but of those with the right to it.
import { LockOutlined } from '@ant-design/icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Drawer, Skeleton } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldOf } from '@/meta/definitions.ts';
import { instantText } from '@/meta/fields/moment.ts';
import { Show } from '@/meta/fields/Show.tsx';
import { call } from '@/shared/api/http.ts';
import type { ObjectDef, RecordView } from '@/shared/api/types.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { usePhone } from '@/shared/ui/useMedia.ts';

interface Locked { record: RecordView; locked_at: string; locked_until: string; request: string }

export default function LockedRecords({ object }: { object: ObjectDef }) {
  const { t } = useTranslation('list');
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button type="text" icon={<LockOutlined />} onClick={() => setOpen(true)}>{t('locked.button')}</Button>
      {open && <LockedDrawer object={object} onClose={() => setOpen(false)} />}
    </>
  );
}

function LockedDrawer({ object, onClose }: { object: ObjectDef; onClose: () => void }) {
  const { t } = useTranslation('list');
  const phone = usePhone();
  const pages = useInfiniteQuery({
    queryKey: ['records', object.name, 'locked'],
    queryFn: ({ pageParam, signal }) => call<{ records: Locked[]; next?: string }>(`records/${object.name}/locked`, { query: { before: pageParam, limit: 50 }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
    staleTime: 0,
  });
  const rows = pages.data?.pages.flatMap((page) => page.records) ?? [];
  const title = fieldOf(object, object.title);
  return (
    <Drawer open onClose={onClose} title={t('locked.title', { label: object.label })} size={phone ? '100%' : 560}>
      <p className="muted">{t('locked.hint')}</p>
      {pages.error && <Failure error={pages.error} onRetry={() => void pages.refetch()} />}
      {pages.isPending ? <Skeleton active /> : rows.length === 0 && !pages.error && <p className="list-locked-none">{t('locked.none')}</p>}
      <ul className="list-locked">
        {rows.map((row) => (
          <li key={row.record.id}>
            <b>{title ? <Show field={title} value={row.record.values[object.title]} record={row.record} plain /> : row.record.id.slice(0, 8)}</b>
            <span className="muted tabular">{t('locked.since', { when: instantText(row.locked_at) })}</span>
            <span className="tabular">{t('locked.until', { day: row.locked_until })}</span>
          </li>
        ))}
      </ul>
      {pages.hasNextPage && <Button block loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>{t('common:more')}</Button>}
    </Drawer>
  );
}
