// Which families the graph has, each of which can be left out, and what the forms stand for.
import { useTranslation } from 'react-i18next';
import { useObjects } from '@/meta/definitions.ts';
import type { EdgeDef } from '@/shared/api/types.ts';
import { type Graph, type Kinds, legend, OTHER } from './model.ts';
import { lineColor, lookOf } from './palette.ts';

interface Props { graph: Graph; definition: EdgeDef; kinds: Kinds; objects: readonly string[]; hidden: ReadonlySet<string>; onToggle: (family: string) => void }

export function Legend({ graph, definition, kinds, objects, hidden, onToggle }: Props) {
  const { t } = useTranslation('graph');
  const labels = new Map(useObjects()?.objects.map((object) => [object.name, object.label]));
  const present = objects.filter((object) => [...graph.nodes.values()].some((node) => node.object === object));
  return (
    <div className="graph-legend" role="group" aria-label={t('legend')}>
      {legend(graph, definition.families, kinds).map(({ family, count }) => {
        const name = family?.name ?? OTHER;
        return (
          <button key={name} type="button" aria-pressed={!hidden.has(name)} onClick={() => onToggle(name)}>
            <svg width="22" height="8" aria-hidden="true"><line x1="0" y1="4" x2="22" y2="4" stroke={lineColor(family)} strokeWidth="2.5" strokeDasharray={family?.dashed ? '5 3' : undefined} /></svg>
            {family?.label ?? t('other')}<span className="tabular">{count}</span>
          </button>
        );
      })}
      <ul className="graph-looks">
        {present.map((object) => <li key={object}><Sign object={object} objects={objects} />{labels.get(object) ?? object}</li>)}
      </ul>
    </div>
  );
}

/** The form of an object, small. */
export function Sign({ object, objects }: { object: string; objects: readonly string[] }) {
  const look = lookOf(object, objects);
  const drawn = { fill: look.fill, stroke: look.line, strokeWidth: 1.5 };
  return (
    <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true" className="graph-sign">
      {look.form === 'ellipse' && <circle cx="7" cy="7" r="5.5" {...drawn} />}
      {look.form === 'round-rectangle' && <rect x="1.5" y="1.5" width="11" height="11" rx="2" {...drawn} />}
      {look.form === 'round-diamond' && <path d="M7 1 13 7 7 13 1 7Z" {...drawn} />}
      {look.form === 'round-hexagon' && <path d="M4 1.5h6L13 7l-3 5.5H4L1 7Z" {...drawn} />}
    </svg>
  );
}
