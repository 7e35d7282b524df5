// A graph as a drawing or as a list, as one chooses, with the legend above and details beside.
import { Alert, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Node } from '@/shared/api/graph.ts';
import type { EdgeDef, ObjectDef } from '@/shared/api/types.ts';
import { useStored } from '@/shared/ui/stored.ts';
import { usePhone } from '@/shared/ui/useMedia.ts';
import { Details } from './Details.tsx';
import { type Chosen, Drawing } from './Drawing.tsx';
import { Legend } from './Legend.tsx';
import { Lines } from './Lines.tsx';
import { type Graph, type Kinds, type Place, without } from './model.ts';

export interface Meaning { object: ObjectDef; definition: EdgeDef; kinds: Kinds; objects: readonly string[] }

interface Props extends Meaning {
  graph: Graph;
  places?: ReadonlyMap<string, Place>;
  strong?: ReadonlySet<string>;
  wheel: boolean;
  busy?: string | null;
  /** Whether opening a record brings its neighbours. */
  onOpen?: (id: string) => void;
  onPath?: (node: Node) => void;
}

export function Picture({ graph, places, strong, wheel, busy, onOpen, onPath, ...meaning }: Props) {
  const { t } = useTranslation('graph');
  const phone = usePhone();
  const [as, setAs] = useStored<'drawing' | 'list' | null>('graph.as', null);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(() => new Set());
  const [chosen, setChosen] = useState<Chosen>({});
  const listed = (as ?? (phone ? 'list' : 'drawing')) === 'list';
  const shown = without(graph, hidden, meaning.kinds.family);
  const toggle = (family: string) => {
    const next = new Set(hidden);
    if (!next.delete(family)) next.add(family);
    setHidden(next);
  };
  const choose = (next: Chosen, open: boolean) => {
    setChosen(next);
    if (open && next.node && onOpen) onOpen(next.node);
  };
  return (
    <div className="graph-picture">
      <div className="graph-bar">
        <Legend graph={graph} {...meaning} hidden={hidden} onToggle={toggle} />
        <span className="muted tabular graph-count">{t('counted', { nodes: shown.nodes.size, edges: shown.edges.size })}</span>
        <Segmented
          size="small" aria-label={t('as')} value={listed ? 'list' : 'drawing'} onChange={(next) => setAs(next as 'drawing' | 'list')}
          options={[{ value: 'drawing', label: t('drawing') }, { value: 'list', label: t('list') }]}
        />
      </div>
      {graph.full && <Alert type="warning" showIcon title={t('full', { count: graph.nodes.size })} />}
      {shown.edges.size === 0 && <p className="muted graph-empty">{t('filteredOut')}</p>}
      {listed ? <Lines graph={shown} {...meaning} busy={busy} onOpen={onOpen} /> : (
        <div className="graph-stage">
          <Drawing graph={shown} {...meaning} places={places} strong={strong} chosen={chosen} wheel={wheel} onChoose={choose} />
          <Details graph={shown} {...meaning} chosen={chosen} busy={busy} onOpen={onOpen} onPath={onPath} onClose={() => setChosen({})} />
        </div>
      )}
      {!listed && graph.rest.length > 0 && <p className="muted graph-note">{t('truncated')}</p>}
    </div>
  );
}
