// What is known of the record or the edge that was chosen, and where one can go from it.
import { AimOutlined, CloseOutlined, NodeExpandOutlined, NodeIndexOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { fieldOf, useObjects } from '@/meta/definitions.ts';
import { isEmpty, Show } from '@/meta/fields/Show.tsx';
import { quote } from '@/meta/filter/conditions.ts';
import type { Edge, Node } from '@/shared/api/graph.ts';
import type { EdgeDef, Field, ObjectDef } from '@/shared/api/types.ts';
import type { Chosen } from './Drawing.tsx';
import { Sign } from './Legend.tsx';
import { type Graph, type Kinds, restOf } from './model.ts';
import { useWords } from './useWords.ts';

interface Props {
  graph: Graph;
  object: ObjectDef;
  definition: EdgeDef;
  kinds: Kinds;
  objects: readonly string[];
  chosen: Chosen;
  busy?: string | null;
  onOpen?: (id: string) => void;
  onPath?: (node: Node) => void;
  onClose: () => void;
}

export function Details(props: Props) {
  const { graph, chosen, onClose } = props;
  const { t } = useTranslation('graph');
  const node = chosen.node ? graph.nodes.get(chosen.node) : undefined;
  const edge = chosen.edge ? graph.edges.get(chosen.edge) : undefined;
  if (!node && !edge) return null;
  return (
    <aside className="graph-details">
      <Button size="small" type="text" icon={<CloseOutlined />} aria-label={t('closeDetails')} onClick={onClose} className="graph-close" />
      {node && <NodeDetails {...props} node={node} />}
      {edge && <EdgeDetails {...props} edge={edge} />}
    </aside>
  );
}

function NodeDetails({ graph, node, object, definition, kinds, objects, busy, onOpen, onPath }: Props & { node: Node }) {
  const { t } = useTranslation('graph');
  const { named } = useWords(definition);
  const label = useObjects()?.objects.find((one) => one.name === node.object)?.label;
  const rest = restOf(graph, node.id);
  const end = (side: 'from' | 'to') => (side === 'from' ? definition.from : definition.to);
  return (
    <>
      <p className="muted graph-of"><Sign object={node.object} objects={objects} /> {label ?? node.object}{node.id === graph.centre && ` · ${t('centreMark')}`}</p>
      <h3>{named(node)}</h3>
      {!node.visible && <p className="muted">{t('hiddenHint')}</p>}
      {node.visible && (
        <div className="graph-ways">
          <Link to="/app/record/$object/$id" params={{ object: node.object, id: node.id }}>{t('open')}</Link>
          {onOpen && !graph.expanded.has(node.id) && <Button size="small" icon={<NodeExpandOutlined />} loading={busy === node.id} onClick={() => onOpen(node.id)}>{t('expand')}</Button>}
          {node.id !== graph.centre && <Link to="/app/graph/$object/$id" params={{ object: node.object, id: node.id }}><AimOutlined /> {t('centre')}</Link>}
          {onPath && node.id !== graph.centre && <Button size="small" icon={<NodeIndexOutlined />} onClick={() => onPath(node)}>{t('pathTo')}</Button>}
        </div>
      )}
      {rest.length > 0 && (
        <>
          <h4>{t('rest')}</h4>
          <ul className="graph-rest">
            {rest.map((one) => {
              const kind = kinds.role(one.type, one.side === 'from' ? 'to' : 'from');
              const filter = `${end(one.side)} = ${quote(node.id)} and ${definition.type} = ${quote(one.type)}`;
              return (
                <li key={`${one.side} ${one.type}`}>
                  {t(one.more ? 'restMore' : 'restOne', { kind, total: one.total, shown: one.shown })}{' '}
                  <Link to="/app/list/$object" params={{ object: object.name }} search={{ of: filter, ofLabel: `${named(node)} · ${kind}` }}>{t('showAll')}</Link>
                </li>
              );
            })}
          </ul>
        </>
      )}
    </>
  );
}

function EdgeDetails({ graph, edge, object, definition, kinds }: Props & { edge: Edge }) {
  const { t } = useTranslation('graph');
  const { named } = useWords(definition);
  const ends = new Set([definition.from, definition.to]);
  const fields = Object.keys(edge.record.values)
    .filter((name) => !ends.has(name) && !isEmpty(edge.record.values[name]))
    .map((name) => fieldOf(object, name))
    .filter((field): field is Field => !!field);
  return (
    <>
      <p className="muted graph-of">{object.label}</p>
      <h3>{kinds.label(edge.type)}</h3>
      <dl className="graph-facts">
        <div><dt>{kinds.role(edge.type, 'from')}</dt><dd>{named(graph.nodes.get(edge.from))}</dd></div>
        <div><dt>{kinds.role(edge.type, 'to')}</dt><dd>{named(graph.nodes.get(edge.to))}</dd></div>
        {fields.map((field) => <div key={field.name}><dt>{field.label}</dt><dd><Show field={field} value={edge.record.values[field.name]} record={edge.record} plain /></dd></div>)}
      </dl>
      <div className="graph-ways"><Link to="/app/record/$object/$id" params={{ object: edge.record.object, id: edge.record.id }}>{t('openEdge')}</Link></div>
    </>
  );
}
