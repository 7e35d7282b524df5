// Pairs that seem to be the same, surest first, with what is alike and what may be done about each.
import { Button } from 'antd';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { language } from '@/shared/i18n/index.ts';
import { plainTitle } from '@/meta/titles.ts';
import type { ObjectDef } from '@/shared/api/types.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { Tag } from '@/shared/ui/Tag.tsx';
import { ApartDialog } from './ApartDialog.tsx';
import { AskShare } from './AskShare.tsx';
import { facts, type Pair, reasons, type Side } from './model.ts';
import { usePairs } from './useMerges.ts';
import { Waiting } from './Waiting.tsx';

interface Props { object: ObjectDef; state: 'open' | 'dismissed'; mergeable: boolean; onCompare: (one: string, other: string) => void }

const COLORS = { certain: 'red', likely: 'orange', possible: 'gray' } as const;

export function PairList({ object, state, mergeable, onCompare }: Props) {
  const { t } = useTranslation('merge');
  const found = usePairs(object.name, state);
  const [apart, setApart] = useState<[string, string] | null>(null);
  const pairs = found.data?.pages.flatMap((page) => page.pairs) ?? [];
  if (found.error) return <Failure error={found.error} onRetry={() => void found.refetch()} />;
  if (found.isPending) return <Waiting />;
  if (pairs.length === 0) return <div className="panel merge-empty"><h2>{t(`none.${state}`)}</h2>{state === 'open' && <p className="muted">{t(mergeable ? 'noneHint' : 'noneHintPlain')}</p>}</div>;
  return (
    <>
      <ul className="merge-pairs">
        {pairs.map((pair) => {
          const [one, other] = pair.records;
          const both = one.record && other.record ? ([one.record.id, other.record.id] as [string, string]) : null;
          return (
            <li key={keyOf(pair)} className="panel merge-pair">
              <div className="merge-level">
                <Tag color={COLORS[pair.level]}>{t(`level.${pair.level}`)}</Tag>
                {pair.score !== undefined && <span className="muted tabular">{t('score', { score: pair.score })}</span>}
              </div>
              <SideCard object={object} side={one} />
              <SideCard object={object} side={other} />
              <div className="merge-why">
                {pair.why.length > 0 && <p><span className="muted">{t('why')}</span>{reasons(pair.why, language() === 'en').map((text) => <Tag key={text} color="blue">{text}</Tag>)}</p>}
                {pair.reason && <p className="muted">{pair.reason}</p>}
              </div>
              <div className="merge-do">
                {both && <Button size="small" type="primary" ghost onClick={() => onCompare(...both)}>{t('compare')}</Button>}
                {both && mergeable && state === 'open' && <Button size="small" onClick={() => setApart(both)}>{t('apart')}</Button>}
              </div>
            </li>
          );
        })}
      </ul>
      {found.hasNextPage && <Button block loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t('more')}</Button>}
      {apart && <ApartDialog object={object.name} records={apart} onClose={() => setApart(null)} />}
    </>
  );
}

const keyOf = (pair: Pair) => pair.records.map((side) => side.record?.id ?? side.handle ?? '').join();

function SideCard({ object, side }: { object: ObjectDef; side: Side }) {
  const { t } = useTranslation('merge');
  if (side.record) {
    return (
      <div className="merge-side">
        <Link to="/app/record/$object/$id" params={{ object: object.name, id: side.record.id }} preload={false}>{plainTitle(side.record, object.title)}</Link>
        <small className="muted">{facts(object, side.record)}</small>
      </div>
    );
  }
  return (
    <div className="merge-side">
      <span className="muted">{t('hidden')}</span>
      <small>{side.owner ? t('ownedBy', { owner: side.owner }) : t('unowned')}</small>
      {side.handle && <AskShare handle={side.handle} />}
    </div>
  );
}
