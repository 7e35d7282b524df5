// The group under one control that a record belongs to, and what its members add up to.
import { Alert, Skeleton } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldOf, useObject } from '@/meta/definitions.ts';
import { grouped, short } from '@/meta/fields/amount.ts';
import { percentText } from '@/meta/fields/percent.ts';
import type { Total } from '@/shared/api/graph.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { Named } from './Lines.tsx';
import { graphOf } from './model.ts';
import { type Meaning, Picture } from './Picture.tsx';
import { type About, useExposure } from './useGraph.ts';
import { useWords } from './useWords.ts';

export function Group({ about, meaning }: { about: About; meaning: Meaning }) {
  const { t } = useTranslation('graph');
  const { named } = useWords(meaning.definition);
  const { data, error, isPending, refetch } = useExposure(about);
  const { data: own } = useObject(about.object);
  const graph = useMemo(() => data && graphOf(data, about.id), [data, about.id]);
  if (error) return <Failure error={error} onRetry={() => void refetch()} />;
  if (isPending || !data || !graph) return <Skeleton active className="graph-wait" />;
  const label = (total: Total) => (own && fieldOf(own, total.field)?.label) ?? total.field;
  return (
    <div className="graph-part">
      {data.share_above && <p className="muted">{t('group.threshold', { share: percentText(data.share_above) })}</p>}
      {!data.complete && <Alert type="warning" showIcon title={t('group.incomplete')} />}
      <div className="graph-totals">
        {data.totals.map((total) => <Sum key={total.field} total={total} label={label(total)} />)}
      </div>
      {graph.nodes.size <= 1 ? <p className="graph-empty">{t('group.alone')}</p> : (
        <>
          <div className="graph-lines">
            <table>
              <thead><tr><th scope="col">{t('group.members')}</th>{data.totals.map((total) => <th key={total.field} scope="col" className="numeric">{label(total)}</th>)}</tr></thead>
              <tbody>
                {data.nodes.map((node) => (
                  <tr key={node.id}>
                    <td><Named node={node} objects={meaning.objects} text={named(node)} /></td>
                    {data.totals.map((total) => {
                      const figure = total.members.find(([id]) => id === node.id)?.[1];
                      return <td key={total.field} className="numeric tabular" data-label={label(total)}>{figure ? grouped(figure) : '—'}</td>;
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <Picture graph={graph} {...meaning} wheel={false} />
        </>
      )}
    </div>
  );
}

function Sum({ total, label }: { total: Total; label: string }) {
  const { t } = useTranslation('graph');
  const { text, scale } = short(total.total);
  return (
    <div className="graph-total panel">
      <span className="muted">{t('group.total')} · {label}</span>
      <b className="tabular" title={grouped(total.total)}>{text}<small>{scale === 'plain' ? '' : t(`first:unit.${scale}`)}</small></b>
      <small className="muted">{t('group.counted', { count: total.counted })}{total.unread > 0 && `；${t('group.unread', { count: total.unread })}`}</small>
    </div>
  );
}
