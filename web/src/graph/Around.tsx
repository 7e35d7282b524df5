// What lies near a record, wider where one opens it.
import { Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Neighbourhood, Node } from '@/shared/api/graph.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { type Meaning, Picture } from './Picture.tsx';
import { type About, useNeighbourhood } from './useGraph.ts';

interface Props { about: About; meaning: Meaning; wheel: boolean; given?: Neighbourhood; onPath?: (node: Node) => void }

export function Around({ about, meaning, wheel, given, onPath }: Props) {
  const { t } = useTranslation('graph');
  const { graph, on, error, pending, refetch, open, busy } = useNeighbourhood(about, given);
  if (error && !graph) return <Failure error={error} onRetry={() => void refetch()} />;
  if (pending || !graph) return <Skeleton active className="graph-wait" />;
  if (graph.edges.size === 0) return <div className="graph-empty"><p>{t('none', { on })}</p><p className="muted">{t('noneHint')}</p></div>;
  return (
    <>
      {error ? <Failure error={error} /> : null}
      <Picture graph={graph} {...meaning} wheel={wheel} busy={busy} onOpen={(id) => void open(id)} onPath={onPath} />
    </>
  );
}
