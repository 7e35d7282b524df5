// Circles through a record: what comes back to it.
import { Alert, Skeleton } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Circles } from '@/shared/api/graph.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { graphOf, only, ring, stops } from './model.ts';
import { type Meaning, Picture } from './Picture.tsx';
import { type About, useCircles } from './useGraph.ts';
import { useWords } from './useWords.ts';
import { Chain } from './Ways.tsx';

export function Rings({ about, meaning }: { about: About; meaning: Meaning }) {
  const { t } = useTranslation('graph');
  const { data, error, isPending, refetch } = useCircles(about);
  if (error) return <Failure error={error} onRetry={() => void refetch()} />;
  if (isPending || !data) return <Skeleton active className="graph-wait" />;
  const incomplete = data.complete ? null : <Alert type="warning" showIcon title={t('circles.incomplete')} />;
  if (data.circles.length === 0) return <div className="graph-part">{incomplete}<p className="graph-empty">{t('circles.none')}</p></div>;
  return <div className="graph-part">{incomplete}<Found circles={data} about={about} meaning={meaning} /></div>;
}

function Found({ circles, about, meaning }: { circles: Circles; about: About; meaning: Meaning }) {
  const { t } = useTranslation('graph');
  const { named } = useWords(meaning.definition);
  const [at, setAt] = useState(0);
  const whole = useMemo(() => graphOf(circles, about.id), [circles, about.id]);
  const circle = circles.circles[at] ?? circles.circles[0];
  const graph = useMemo(() => only(whole, circle?.edges ?? []), [whole, circle]);
  const places = useMemo(() => ring(circle?.nodes ?? []), [circle]);
  return (
    <>
      <p>{t('circles.found', { count: circles.circles.length })}</p>
      <ol className="graph-chains">
        {circles.circles.map((one, index) => (
          <li key={one.edges.join()}>
            <button type="button" aria-pressed={at === index} onClick={() => setAt(index)}>{t('circles.one', { count: index + 1 })}</button>
            <Chain edges={one.edges} nodes={stops(whole, one.edges.slice(0, -1), about.id)} meaning={meaning} graph={whole} named={named} />
          </li>
        ))}
      </ol>
      <Picture graph={graph} {...meaning} places={places} wheel={false} />
    </>
  );
}
