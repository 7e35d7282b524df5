// The shortest ways between a record and another.
import { Skeleton } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { RecordSelect } from '@/meta/fields/edit/RecordSelect.tsx';
import type { Paths } from '@/shared/api/graph.ts';
import type { Field, Json } from '@/shared/api/types.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { Named } from './Lines.tsx';
import { chained, graphOf, stops } from './model.ts';
import { type Meaning, Picture } from './Picture.tsx';
import { type About, usePaths } from './useGraph.ts';
import { useWords } from './useWords.ts';

interface Props { about: About; meaning: Meaning; to?: string; onTo: (to: string | undefined) => void }

export function Ways({ about, meaning, to, onTo }: Props) {
  const { t } = useTranslation('graph');
  const found = usePaths(about, to);
  const [object = '', id = ''] = to?.split(':') ?? [];
  const title = found.data?.nodes.find((node) => node.id === id)?.title;
  const field = useMemo(() => ({ name: 'to', label: t('paths.to'), type: 'reference', to: [...meaning.objects] }) as unknown as Field, [meaning.objects, t]);
  const pick = (value: Json) => {
    if (value && typeof value === 'object' && !Array.isArray(value)) onTo(`${String(value.object)}:${String(value.id)}`);
    else onTo(typeof value === 'string' && value ? `${meaning.objects[0]}:${value}` : undefined);
  };
  const value: Json = id ? (meaning.objects.length > 1 ? { object, id } : id) : null;
  return (
    <div className="graph-part">
      <div className="graph-ask">
        <label htmlFor="graph-to">{t('paths.to')}</label>
        <RecordSelect id="graph-to" field={field} value={value} title={title} onChange={pick} placeholder={t('paths.placeholder')} />
      </div>
      {!to && <p className="muted graph-empty">{t('paths.start')}</p>}
      {to && found.isPending && <Skeleton active className="graph-wait" />}
      {found.error && <Failure error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && <Found paths={found.data} about={about} meaning={meaning} />}
    </div>
  );
}

function Found({ paths, about, meaning }: { paths: Paths; about: About; meaning: Meaning }) {
  const { t } = useTranslation('graph');
  const { named } = useWords(meaning.definition);
  const [at, setAt] = useState<number | null>(null);
  const graph = useMemo(() => graphOf(paths, about.id), [paths, about.id]);
  const ways = useMemo(() => paths.paths.map((way) => stops(graph, way, about.id)), [paths, graph, about.id]);
  const places = useMemo(() => chained(ways), [ways]);
  const strong = useMemo(() => new Set(at === null ? [] : paths.paths[at]), [paths, at]);
  const note = paths.truncated ? <p className="muted">{t('paths.truncated')}</p> : null;
  if (paths.paths.length === 0) return <div className="graph-empty"><p>{t('paths.none')}</p>{note}</div>;
  return (
    <>
      <p>{t('paths.found', { count: paths.paths.length, steps: paths.paths[0]?.length ?? 0 })}</p>
      {note}
      <ol className="graph-chains">
        {ways.map((way, index) => (
          <li key={paths.paths[index]?.join()}>
            <button type="button" aria-pressed={at === index} onClick={() => setAt(at === index ? null : index)}>{t('paths.way', { count: index + 1 })}</button>
            <Chain edges={paths.paths[index] ?? []} nodes={way} meaning={meaning} graph={graph} named={named} />
          </li>
        ))}
      </ol>
      <Picture graph={graph} {...meaning} places={places} strong={strong} wheel={false} />
    </>
  );
}

interface ChainProps { edges: readonly string[]; nodes: ReturnType<typeof stops>; meaning: Meaning; graph: ReturnType<typeof graphOf>; named: (node: ReturnType<typeof stops>[number] | undefined) => string }

/** A way in words: record, what the next is to it, record. */
export function Chain({ edges, nodes, meaning, graph, named }: ChainProps) {
  const { words } = useWords(meaning.definition);
  return (
    <span className="graph-chain">
      {nodes.map((node, index) => {
        const edge = graph.edges.get(edges[index - 1] ?? '');
        const side = edge?.to === node.id ? 'to' : 'from';
        return (
          <span key={node.id}>
            {edge && <em>{[meaning.kinds.symmetric(edge.type) ? meaning.kinds.label(edge.type) : meaning.kinds.role(edge.type, side), words(edge).figures].filter(Boolean).join(' ')} →</em>}
            <Named node={node} objects={meaning.objects} text={named(node)} />
          </span>
        );
      })}
    </span>
  );
}
