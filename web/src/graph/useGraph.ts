// The graph around a record: asked once, wider where a person opens it.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { call } from '@/shared/api/http.ts';
import { fieldOf, useObject, useOptions } from '@/meta/definitions.ts';
import type { Circles, Exposure, Neighbourhood, Owners, Paths } from '@/shared/api/graph.ts';
import { type Graph, graphOf, type Kinds, kindsOf, widened } from './model.ts';

export interface About { object: string; id: string; edge: string; on?: string }

const FIRST = 60;
const AGAIN = 60;

const path = ({ object, id }: { object: string; id: string }, rest = '') => `records/${object}/${id}/graph${rest}`;

interface Opened { key: string; around: { at: string; answer: Neighbourhood }[] }

const NOTHING: Opened['around'] = [];

/** What lies near; `given` is what is known already, and is not asked for. */
export function useNeighbourhood(about: About, given?: Neighbourhood) {
  const queries = useQueryClient();
  const key = `${about.object} ${about.id} ${about.edge} ${about.on ?? ''}`;
  const [opened, setOpened] = useState<Opened>({ key, around: [] });
  const [busy, setBusy] = useState<string | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const ask = useCallback(
    (at: { object: string; id: string }, depth: number, limit: number) => ({
      queryKey: ['records', at.object, 'graph', at.id, about.edge, about.on, depth],
      queryFn: ({ signal }: { signal: AbortSignal }) => call<Neighbourhood>(path(at), { query: { edge: about.edge, on: about.on, depth, limit }, signal }),
      staleTime: 30_000,
    }),
    [about.edge, about.on],
  );
  const asked = useQuery({ ...ask(about, 2, FIRST), enabled: !given, placeholderData: (before) => (before?.nodes[0]?.id === about.id ? before : undefined) });
  const first = given ?? asked.data;
  const around = opened.key === key ? opened.around : NOTHING;
  const graph = useMemo<Graph | undefined>(() => {
    if (!first) return undefined;
    return around.reduce((graph, { at, answer }) => widened(graph, answer, at), graphOf(first, about.id));
  }, [first, around, about.id]);
  const open = async (at: string) => {
    const node = graph?.nodes.get(at);
    if (!node?.visible || graph?.expanded.has(at) || busy) return;
    setBusy(at);
    setFailure(null);
    try {
      const answer = await queries.fetchQuery(ask(node, 1, AGAIN));
      setOpened((before) => ({ key, around: [...(before.key === key ? before.around : []), { at, answer }] }));
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(null);
    }
  };
  return { graph, on: first?.on, error: asked.error ?? failure, pending: !first && asked.isPending, refetch: asked.refetch, open, busy };
}

function useAnswer<T>(about: About, what: string, enabled: boolean, query: Record<string, string | number | undefined> = {}) {
  return useQuery({
    queryKey: ['records', about.object, 'graph', about.id, what, about.edge, about.on, query],
    queryFn: ({ signal }) => call<T>(path(about, `/${what}`), { query: { edge: about.edge, on: about.on, ...query }, signal }),
    enabled,
    staleTime: 30_000,
  });
}

export const usePaths = (about: About, to: string | undefined) => useAnswer<Paths>(about, 'paths', !!to, { to });
export const useOwners = (about: About) => useAnswer<Owners>(about, 'ownership', true);
export const useCircles = (about: About) => useAnswer<Circles>(about, 'circles', true);
export const useExposure = (about: About) => useAnswer<Exposure>(about, 'exposure', true);

/** What the definition of the edge says, once it is here. */
export function useKinds(edge: string | undefined) {
  const { data: object } = useObject(edge);
  const kind = object?.edge?.type ? fieldOf(object, object.edge.type) : undefined;
  const items = useOptions(kind?.options)?.items;
  const kinds = useMemo<Kinds>(() => kindsOf(items ?? []), [items]);
  return { object, definition: object?.edge ?? undefined, kinds, ready: !!object && (!kind || !!items) };
}
