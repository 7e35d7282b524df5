// A graph as a list to read, from the centre outwards: for those who hear the screen, and for phones.
import { NodeExpandOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Node } from '@/shared/api/graph.ts';
import type { EdgeDef } from '@/shared/api/types.ts';
import { Sign } from './Legend.tsx';
import { type Graph, type Kinds, lines } from './model.ts';
import { lineColor } from './palette.ts';
import { useWords } from './useWords.ts';

interface Props { graph: Graph; definition: EdgeDef; kinds: Kinds; objects: readonly string[]; busy?: string | null; onOpen?: (id: string) => void }

export function Lines({ graph, definition, kinds, objects, busy, onOpen }: Props) {
  const { t } = useTranslation('graph');
  const { words, named } = useWords(definition);
  const families = new Map(definition.families.map((family) => [family.name, family]));
  return (
    <div className="graph-lines">
      <table>
        <thead><tr><th scope="col">{t('from')}</th><th scope="col">{t('relation')}</th><th scope="col">{t('to')}</th><th scope="col">{t('figures')}</th><th scope="col">{t('dates')}</th>{onOpen && <th scope="col"><span className="sr-only">{t('expand')}</span></th>}</tr></thead>
        <tbody>
          {lines(graph).map(({ edge, near, far, side }) => {
            const { figures, dates } = words(edge);
            const family = families.get(kinds.family(edge.type));
            const openable = onOpen && far.visible && !graph.expanded.has(far.id);
            return (
              <tr key={edge.record.id}>
                <td><Named node={near} objects={objects} text={named(near)} /></td>
                <td>
                  <svg width="18" height="8" aria-hidden="true"><line x1="0" y1="4" x2="18" y2="4" stroke={lineColor(family)} strokeWidth="2.5" strokeDasharray={family?.dashed ? '5 3' : undefined} /></svg>
                  <Link to="/app/record/$object/$id" params={{ object: edge.record.object, id: edge.record.id }} preload={false}>{kinds.symmetric(edge.type) ? kinds.label(edge.type) : kinds.role(edge.type, side)}</Link>
                </td>
                <td><Named node={far} objects={objects} text={named(far)} /></td>
                <td className="tabular">{figures}</td>
                <td className="tabular muted">{dates}</td>
                {onOpen && <td>{openable && <Button size="small" type="text" icon={<NodeExpandOutlined />} loading={busy === far.id} aria-label={t('expandOne', { title: named(far) })} title={t('expand')} onClick={() => onOpen(far.id)} />}</td>}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

export function Named({ node, objects, text }: { node: Node; objects: readonly string[]; text: string }) {
  return (
    <span className="graph-named">
      <Sign object={node.object} objects={objects} />
      {node.visible ? <Link to="/app/record/$object/$id" params={{ object: node.object, id: node.id }} preload={false}>{text}</Link> : <span className="muted">{text}</span>}
    </span>
  );
}
