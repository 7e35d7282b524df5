// What was merged, and taking it back while that is possible.
import { Link } from '@tanstack/react-router';
import { App, Button, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldOf, useObject } from '@/meta/definitions.ts';
import { instantText } from '@/meta/fields/moment.ts';
import { call } from '@/shared/api/http.ts';
import type { ObjectDef } from '@/shared/api/types.ts';
import { Failure, useSentence } from '@/shared/ui/Failure.tsx';
import { Tag } from '@/shared/ui/Tag.tsx';
import type { Left, Merge } from './model.ts';
import { useMergeList, useRefreshAll } from './useMerges.ts';
import { Waiting } from './Waiting.tsx';

export function MergeList({ object }: { object: ObjectDef }) {
  const { t } = useTranslation('merge');
  const { modal, message } = App.useApp();
  const sentence = useSentence();
  const refresh = useRefreshAll();
  const found = useMergeList(object.name);
  const [left, setLeft] = useState<Left[] | null>(null);
  const merges = found.data?.pages.flatMap((page) => page.merges) ?? [];
  const undo = (merge: Merge) => void modal.confirm({
    title: t('undoAsk'), content: t('undoHint'), okText: t('undo'), cancelText: t('common:cancel'),
    onOk: async () => {
      try {
        const answer = await call<{ left?: Left[] }>(`records/${object.name}/${merge.winner}/unmerge`, { method: 'POST', body: { merge: merge.id } });
        if (answer.left && answer.left.length > 0) setLeft(answer.left);
        else void message.success({ content: t('undoDone'), duration: 2 });
        refresh();
      } catch (error) {
        void message.error(sentence(error));
      }
    },
  });
  if (found.error) return <Failure error={found.error} onRetry={() => void found.refetch()} />;
  if (found.isPending) return <Waiting />;
  if (merges.length === 0) return <div className="panel merge-empty"><h2>{t('none.merged')}</h2></div>;
  return (
    <>
      <div className="panel merge-list">
        <table>
          <thead><tr>{['staysHead', 'goneHead', 'by', 'at', 'moved', 'untilHead'].map((head) => <th key={head} scope="col">{t(head)}</th>)}<th scope="col"><span className="sr-only">{t('undo')}</span></th></tr></thead>
          <tbody>
            {merges.map((merge) => (
              <tr key={merge.id}>
                <td><Link to="/app/record/$object/$id" params={{ object: object.name, id: merge.winner }} preload={false}>{merge.winner_title ?? merge.winner.slice(0, 8)}</Link></td>
                <td data-label={t('goneHead')}>{merge.loser_title ?? merge.loser.slice(0, 8)}</td>
                <td data-label={t('by')}>{merge.by ?? '—'}</td>
                <td data-label={t('at')} className="tabular">{instantText(merge.made_at)}</td>
                <td data-label={t('moved')} className="tabular">{t('movedCount', { count: merge.rows })}{merge.absorbed > 0 && <span className="muted"> · {t('absorbed', { count: merge.absorbed })}</span>}</td>
                <td data-label={t('untilHead')} className="tabular">{merge.until ?? (merge.state === 'undone' ? <Tag color="gray">{t('undone')}</Tag> : <span className="muted">{t('tooLate')}</span>)}</td>
                <td>{merge.until && <Button size="small" onClick={() => undo(merge)}>{t('undo')}</Button>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {found.hasNextPage && <Button block loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t('more')}</Button>}
      {left && <LeftDialog left={left} onClose={() => setLeft(null)} />}
    </>
  );
}

function LeftDialog({ left, onClose }: { left: Left[]; onClose: () => void }) {
  const { t } = useTranslation('merge');
  return (
    <Modal open title={t('undoDone')} onCancel={onClose} footer={<Button type="primary" onClick={onClose}>{t('common:close')}</Button>}>
      <p>{t('left', { count: left.length })}</p>
      <ul className="merge-left">{left.map((one) => <LeftLine key={`${one.object} ${one.id} ${String(one.field)}`} left={one} />)}</ul>
    </Modal>
  );
}

function LeftLine({ left }: { left: Left }) {
  const { data: object } = useObject(left.object);
  const field = object && typeof left.field === 'string' ? fieldOf(object, left.field) : undefined;
  return (
    <li>
      <Link to="/app/record/$object/$id" params={{ object: left.object, id: left.id }} preload={false}>{object?.label ?? left.object}</Link>
      {typeof left.field === 'string' && ` · ${field?.label ?? left.field}`}
    </li>
  );
}
