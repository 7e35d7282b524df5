// Who owns a record, directly and through others, and who its beneficial owners are.
import { Alert, Skeleton } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { percentText } from '@/meta/fields/percent.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { Tag } from '@/shared/ui/Tag.tsx';
import { Named } from './Lines.tsx';
import { graphOf, layered } from './model.ts';
import { type Meaning, Picture } from './Picture.tsx';
import { type About, useOwners } from './useGraph.ts';
import { useWords } from './useWords.ts';

export function Holders({ about, meaning }: { about: About; meaning: Meaning }) {
  const { t } = useTranslation('graph');
  const { named } = useWords(meaning.definition);
  const { data, error, isPending, refetch } = useOwners(about);
  const [at, setAt] = useState<string | null>(null);
  const graph = useMemo(() => data && graphOf(data, about.id), [data, about.id]);
  const places = useMemo(() => graph && layered(graph), [graph]);
  const strong = useMemo(() => new Set(data?.owners.find((owner) => owner.node === at)?.way), [data, at]);
  if (error) return <Failure error={error} onRetry={() => void refetch()} />;
  if (isPending || !data || !graph) return <Skeleton active className="graph-wait" />;
  const basis = (owner: (typeof data.owners)[number]) => (owner.beneficial?.by === 'kind' ? meaning.kinds.role(owner.beneficial.type, 'from') : t('owners.byShare'));
  return (
    <div className="graph-part">
      {data.threshold && <p className="muted">{t('owners.threshold', { share: percentText(data.threshold) })}</p>}
      {!data.complete && <Alert type="warning" showIcon title={t('owners.incomplete')} />}
      {data.owners.length === 0 ? <p className="graph-empty">{t('owners.none')}</p> : (
        <>
          <div className="graph-lines">
            <table>
              <thead><tr><th scope="col">{t('owners.owner')}</th><th scope="col" className="numeric">{t('owners.direct')}</th><th scope="col" className="numeric">{t('owners.total')}</th><th scope="col">{t('owners.basis')}</th><th scope="col"><span className="sr-only">{t('owners.way')}</span></th></tr></thead>
              <tbody>
                {data.owners.map((owner) => {
                  const node = graph.nodes.get(owner.node);
                  if (!node) return null;
                  return (
                    <tr key={owner.node}>
                      <td><Named node={node} objects={meaning.objects} text={named(node)} /></td>
                      <td className="numeric tabular" data-label={t('owners.direct')}>{percentText(owner.direct)}</td>
                      <td className="numeric tabular" data-label={t('owners.total')}><b>{percentText(owner.total)}</b></td>
                      <td>{owner.beneficial && <><Tag color="orange">{t('owners.beneficial')}</Tag> <span className="muted">{basis(owner)}</span></>}</td>
                      <td><button type="button" className="graph-link" aria-pressed={at === owner.node} onClick={() => setAt(at === owner.node ? null : owner.node)}>{t('owners.way')}</button></td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
          <Picture graph={graph} {...meaning} places={places} strong={strong} wheel={false} />
        </>
      )}
    </div>
  );
}
