// The graph that is on the screen: what was fetched so far, what is shown of it, and what is said
// about it. Pure; the drawing and the list are two views of the same.
import type { EdgeDef, EdgeFamily, OptionItem } from '@/shared/api/types.ts';
import type { Edge, Neighbourhood, Node, Rest } from '@/shared/api/graph.ts';

/** More than this nobody reads; the server groups the rest. */
export const NODES_MAX = 500;

export interface Graph {
  centre: string;
  nodes: ReadonlyMap<string, Node>;
  edges: ReadonlyMap<string, Edge>;
  rest: readonly Rest[];
  /** Records whose own neighbours are here. */
  expanded: ReadonlySet<string>;
  /** Whether some record was left out because there are enough. */
  full: boolean;
}

export function graphOf(answer: { nodes: Node[]; edges: Edge[]; groups?: Rest[] }, centre: string): Graph {
  return {
    centre,
    nodes: new Map(answer.nodes.map((node) => [node.id, node])),
    edges: new Map(answer.edges.map((edge) => [edge.record.id, edge])),
    rest: answer.groups ?? [],
    expanded: new Set([centre]),
    full: false,
  };
}

/** A graph with what lies around one more of its records. */
export function widened(graph: Graph, around: Neighbourhood, at: string): Graph {
  const from = graph.nodes.get(at)?.depth ?? 0;
  const nodes = new Map(graph.nodes);
  let full = graph.full;
  for (const node of around.nodes) {
    const known = nodes.get(node.id);
    const depth = from + node.depth;
    if (known) nodes.set(node.id, { ...known, depth: Math.min(known.depth, depth) });
    else if (nodes.size < NODES_MAX) nodes.set(node.id, { ...node, depth });
    else full = true;
  }
  const edges = new Map(graph.edges);
  for (const edge of around.edges) {
    if (nodes.has(edge.from) && nodes.has(edge.to)) edges.set(edge.record.id, edge);
  }
  const rest = [...graph.rest.filter((one) => one.node !== at), ...around.groups.filter((one) => one.node === at)];
  return { ...graph, nodes, edges, rest, full, expanded: new Set([...graph.expanded, at]) };
}

/** Without some families; records that nothing joins to the centre any more go too. */
export function without(graph: Graph, hidden: ReadonlySet<string>, familyOf: (type: string) => string): Graph {
  if (hidden.size === 0) return graph;
  const kept = [...graph.edges.values()].filter((edge) => !hidden.has(familyOf(edge.type)));
  const reached = reach(graph.centre, kept);
  return {
    ...graph,
    nodes: new Map([...graph.nodes].filter(([id]) => reached.has(id))),
    edges: new Map(kept.filter((edge) => reached.has(edge.from)).map((edge) => [edge.record.id, edge])),
    rest: graph.rest.filter((one) => reached.has(one.node) && !hidden.has(familyOf(one.type))),
  };
}

function reach(centre: string, edges: readonly Edge[]): Set<string> {
  const beside = new Map<string, string[]>();
  const join = (a: string, b: string) => void beside.set(a, [...(beside.get(a) ?? []), b]);
  for (const edge of edges) {
    join(edge.from, edge.to);
    join(edge.to, edge.from);
  }
  const seen = new Set([centre]);
  const waiting = [centre];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const next of beside.get(at) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      waiting.push(next);
    }
  }
  return seen;
}

/** Only these edges and what they join: a way, a circle. */
export function only(graph: Graph, edges: readonly string[]): Graph {
  const kept = edges.map((id) => graph.edges.get(id)).filter((edge): edge is Edge => !!edge);
  const ends = new Set([graph.centre, ...kept.flatMap((edge) => [edge.from, edge.to])]);
  return {
    ...graph,
    nodes: new Map([...graph.nodes].filter(([id]) => ends.has(id))),
    edges: new Map(kept.map((edge) => [edge.record.id, edge])),
    rest: [],
  };
}

/** The records along a way, from one end on. */
export function stops(graph: Graph, way: readonly string[], start: string): Node[] {
  const ids = [start];
  for (const step of way) {
    const edge = graph.edges.get(step);
    const at = ids[ids.length - 1];
    if (!edge) break;
    ids.push(edge.from === at ? edge.to : edge.from);
  }
  return ids.map((id) => graph.nodes.get(id)).filter((node): node is Node => !!node);
}

/** What the definitions say about kinds of edges. */
export interface Kinds {
  label: (type: string) => string;
  /** What the first side is to the other; of what is mutual, the kind itself. */
  role: (type: string, side: 'from' | 'to') => string;
  family: (type: string) => string;
  symmetric: (type: string) => boolean;
}

/** Kinds without a family belong to this one. */
export const OTHER = '';

export function kindsOf(items: readonly OptionItem[]): Kinds {
  const by = new Map(items.map((item) => [item.code, item]));
  const label = (type: string) => by.get(type)?.label ?? type;
  return {
    label,
    role: (type, side) => by.get(type)?.tie?.[side] ?? label(type),
    family: (type) => by.get(type)?.tie?.family ?? OTHER,
    symmetric: (type) => by.get(type)?.tie?.symmetric ?? false,
  };
}

/** Families that the graph has edges of, in the order of the definition, with how many. */
export function legend(graph: Graph, families: readonly EdgeFamily[], kinds: Kinds): { family: EdgeFamily | null; count: number }[] {
  const counts = new Map<string, number>();
  for (const edge of graph.edges.values()) {
    const family = kinds.family(edge.type);
    counts.set(family, (counts.get(family) ?? 0) + 1);
  }
  const named = families.filter((family) => counts.has(family.name)).map((family) => ({ family, count: counts.get(family.name) ?? 0 }));
  const other = [...counts].filter(([name]) => !families.some((family) => family.name === name)).reduce((sum, [, count]) => sum + count, 0);
  return other > 0 ? [...named, { family: null, count: other }] : named;
}

/** A part of what an edge says, for which the screen has a form. */
export interface Facts { share?: string; amount?: string; currency?: string; start?: string; end?: string }

export function factsOf(edge: Edge, definition: EdgeDef): Facts {
  const value = (name: string | null) => (name && !edge.record.masked.includes(name) ? edge.record.values[name] : undefined);
  const text = (name: string | null) => {
    const found = value(name);
    return found === null || found === undefined ? undefined : String(found);
  };
  const money = value(definition.amount);
  const whole = money && typeof money === 'object' && !Array.isArray(money) ? money : null;
  return {
    share: text(definition.share),
    amount: whole ? String(whole.amount) : undefined,
    currency: whole ? String(whole.currency) : undefined,
    start: text(definition.start),
    end: text(definition.end),
  };
}

export interface Line { edge: Edge; near: Node; far: Node; side: 'from' | 'to' }

/** The edges as a list to read: around the centre first, then outwards; each edge once. */
export function lines(graph: Graph): Line[] {
  const found: Line[] = [];
  for (const edge of graph.edges.values()) {
    const from = graph.nodes.get(edge.from);
    const to = graph.nodes.get(edge.to);
    if (!from || !to) continue;
    const outwards = from.depth <= to.depth;
    found.push(outwards ? { edge, near: from, far: to, side: 'to' } : { edge, near: to, far: from, side: 'from' });
  }
  const order = (line: Line) => `${String(line.near.depth).padStart(2, '0')} ${line.near.title ?? ''} ${line.near.id} ${line.edge.type} ${line.far.title ?? ''}`;
  return found.map((line) => ({ line, key: order(line) })).sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ line }) => line);
}

/** How many edges at a record are not shown, by kind and side. */
export function restOf(graph: Graph, node: string): Rest[] {
  return graph.rest.filter((one) => one.node === node && one.total > one.shown);
}

export interface Place { x: number; y: number }

/** Layers above the owned record: who holds it directly, who holds those, and so on. */
export function layered(graph: Graph, across = 190, up = 120): Map<string, Place> {
  const layers = new Map<number, Node[]>();
  for (const node of graph.nodes.values()) layers.set(node.depth, [...(layers.get(node.depth) ?? []), node]);
  const places = new Map<string, Place>();
  for (const [depth, nodes] of [...layers].sort(([a], [b]) => a - b)) {
    const weight = (node: Node) => {
      const held = [...graph.edges.values()].filter((edge) => edge.from === node.id).map((edge) => places.get(edge.to)?.x ?? 0);
      return held.length > 0 ? held.reduce((sum, x) => sum + x, 0) / held.length : 0;
    };
    const sorted = [...nodes].sort((a, b) => weight(a) - weight(b) || (a.id < b.id ? -1 : 1));
    sorted.forEach((node, index) => places.set(node.id, { x: (index - (sorted.length - 1) / 2) * across, y: -depth * up }));
  }
  return places;
}

/** Records on one ring, the first at the top. */
export function ring(ids: readonly string[], radius = 190): Map<string, Place> {
  const turn = (index: number) => (index / ids.length) * 2 * Math.PI - Math.PI / 2;
  return new Map(ids.map((id, index) => [id, { x: Math.cos(turn(index)) * radius, y: Math.sin(turn(index)) * radius }]));
}

/** Ways beside each other, from left to right. */
export function chained(ways: readonly (readonly Node[])[], across = 190, down = 110): Map<string, Place> {
  const places = new Map<string, Place>();
  ways.forEach((way, row) => way.forEach((node, step) => {
    if (places.has(node.id)) return;
    const last = step === way.length - 1;
    const middle = step === 0 || last ? (ways.length - 1) / 2 : row;
    places.set(node.id, { x: step * across, y: middle * down });
  }));
  return places;
}
