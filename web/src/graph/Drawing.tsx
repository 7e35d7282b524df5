// A graph as a drawing: records and edges given their words and looks, then left to the canvas,
// which is loaded only here.
import { Skeleton } from 'antd';
import { lazy, Suspense, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { EdgeDef } from '@/shared/api/types.ts';
import type { Spot, Tie } from './Canvas.tsx';
import { type Graph, type Kinds, type Place, restOf } from './model.ts';
import { lineColor, lookOf } from './palette.ts';
import { useWords } from './useWords.ts';

const Canvas = lazy(() => import('./Canvas.tsx'));

export interface Chosen { node?: string; edge?: string }

interface Props {
  graph: Graph;
  definition: EdgeDef;
  kinds: Kinds;
  objects: readonly string[];
  places?: ReadonlyMap<string, Place>;
  /** Edges drawn strong: a way that is looked at. */
  strong?: ReadonlySet<string>;
  chosen: Chosen;
  wheel: boolean;
  /** `open`: whether what lies near a chosen record is wanted too. */
  onChoose: (chosen: Chosen, open: boolean) => void;
}

const NONE: ReadonlySet<string> = new Set();

export function Drawing({ graph, definition, kinds, objects, places, strong = NONE, chosen, wheel, onChoose }: Props) {
  const { t } = useTranslation('graph');
  const { words, named } = useWords(definition);
  const spots = useMemo<Spot[]>(
    () => [...graph.nodes.values()].map((node) => ({
      id: node.id, label: named(node), look: lookOf(node.object, objects), hidden: !node.visible, closed: !graph.expanded.has(node.id), more: restOf(graph, node.id).length > 0,
    })),
    [graph, objects, named],
  );
  const ties = useMemo<Tie[]>(() => {
    const families = new Map(definition.families.map((family) => [family.name, family]));
    return [...graph.edges.values()].map((edge) => {
      const { figures, end } = words(edge);
      const family = families.get(kinds.family(edge.type));
      const first = [kinds.symmetric(edge.type) ? kinds.label(edge.type) : kinds.role(edge.type, 'from'), figures].filter(Boolean).join(' ');
      return {
        id: edge.record.id, from: edge.from, to: edge.to, label: end ? `${first}\n${t('until', { date: end })}` : first,
        color: lineColor(family), dashed: family?.dashed ?? false, arrow: !kinds.symmetric(edge.type), strong: strong.has(edge.record.id),
      };
    });
  }, [graph, definition, kinds, words, strong, t]);
  return (
    <Suspense fallback={<div className="graph-canvas"><Skeleton active className="graph-wait" /></div>}>
      <Canvas
        label={t('drawn', { nodes: graph.nodes.size, edges: graph.edges.size })} centre={graph.centre} spots={spots} ties={ties} places={places} wheel={wheel}
        selected={chosen.node ?? chosen.edge ?? null} onNode={(node) => onChoose({ node }, true)} onStep={(node) => onChoose({ node }, false)} onEdge={(edge) => onChoose({ edge }, false)} onNothing={() => onChoose({}, false)}
      />
    </Suspense>
  );
}
