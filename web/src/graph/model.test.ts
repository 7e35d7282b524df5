import { describe, expect, it } from 'vitest';
import type { Edge, Neighbourhood, Node } from '@/shared/api/graph.ts';
import type { EdgeDef, OptionItem } from '@/shared/api/types.ts';
import { chained, factsOf, graphOf, kindsOf, layered, legend, lines, NODES_MAX, only, restOf, ring, stops, widened, without } from './model.ts';

const node = (id: string, depth: number, more: Partial<Node> = {}): Node => ({ object: 'thing', id, depth, visible: true, title: `标题${id}`, ...more });
const edge = (from: string, to: string, type: string, values: Edge['record']['values'] = {}, masked: string[] = []): Edge =>
  ({ from, to, type, record: { object: 'link', id: `${from}${to}`, version: 1, values, masked } });
const around = (nodes: Node[], edges: Edge[], more: Partial<Neighbourhood> = {}): Neighbourhood =>
  ({ edge: 'link', on: '2026-01-01', nodes, edges, groups: [], truncated: false, ...more });

const base = () => graphOf(around([node('a', 0), node('b', 1), node('c', 1)], [edge('a', 'b', 'holds'), edge('c', 'a', 'vouches')]), 'a');

const item = (code: string, label: string, tie: OptionItem['tie']): OptionItem => ({ code, label, parent: null, color: null, retired: false, tie });
const kinds = kindsOf([
  item('holds', '股东 / 被投资', { family: 'own', symmetric: false, from: '股东', to: '被投资' }),
  item('vouches', '担保', { family: 'vouch', symmetric: false, from: '担保人', to: null }),
  item('knows', '朋友', { family: 'own', symmetric: true, from: null, to: null }),
]);
const families = [
  { name: 'own', label: '股权', color: 'blue', dashed: false },
  { name: 'vouch', label: '担保', color: 'red', dashed: true },
  { name: 'unused', label: '无', color: null, dashed: false },
];
const definition: EdgeDef = {
  from: 'one', to: 'other', type: 'kind', start: 'from_on', end: 'until_on', share: 'part', amount: 'sum', families, circles: [], ownership: null, exposure: null,
};

describe('a graph', () => {
  it('grows by what lies around another record, counting steps from the centre', () => {
    const wider = widened(base(), around([node('b', 0), node('d', 1), node('a', 1)], [edge('b', 'd', 'holds'), edge('a', 'b', 'holds')]), 'b');
    expect([...wider.nodes.values()].map(({ id, depth }) => `${id}${depth}`)).toEqual(['a0', 'b1', 'c1', 'd2']);
    expect([...wider.edges.keys()]).toEqual(['ab', 'ca', 'bd']);
    expect([...wider.expanded]).toEqual(['a', 'b']);
  });

  it('stops growing when nobody could read it any more', () => {
    const many = Array.from({ length: NODES_MAX }, (_, index) => node(`n${index}`, 1));
    const wider = widened(base(), around(many, many.map((one) => edge('b', one.id, 'holds'))), 'b');
    expect(wider.nodes.size).toBe(NODES_MAX);
    expect(wider.full).toBe(true);
    expect([...wider.edges.values()].every((one) => wider.nodes.has(one.from) && wider.nodes.has(one.to))).toBe(true);
  });

  it('replaces the counts of a record that is asked again', () => {
    const rest = { node: 'a', side: 'from' as const, type: 'holds', total: 60, more: false, shown: 50 };
    const graph = { ...base(), rest: [rest, { ...rest, node: 'b' }] };
    const wider = widened(graph, around([node('b', 0)], [], { groups: [{ ...rest, node: 'b', total: 90 }, { ...rest, node: 'a', total: 1 }] }), 'b');
    expect(wider.rest.map((one) => [one.node, one.total])).toEqual([['a', 60], ['b', 90]]);
    expect(restOf(wider, 'b')).toHaveLength(1);
    expect(restOf({ ...wider, rest: [{ ...rest, shown: 60 }] }, 'a')).toEqual([]);
  });

  it('without a family loses what only that family joined', () => {
    const wider = widened(base(), around([node('c', 0), node('d', 1)], [edge('c', 'd', 'holds')]), 'c');
    const left = without(wider, new Set(['vouch']), kinds.family);
    expect([...left.nodes.keys()]).toEqual(['a', 'b']);
    expect([...left.edges.keys()]).toEqual(['ab']);
    expect(without(wider, new Set(), kinds.family)).toBe(wider);
  });

  it('is cut to a way, and the way is told stop by stop whichever way its edges point', () => {
    const wider = widened(base(), around([node('c', 0), node('d', 1)], [edge('d', 'c', 'holds')]), 'c');
    expect([...only(wider, ['ca', 'dc']).nodes.keys()]).toEqual(['a', 'c', 'd']);
    expect(stops(wider, ['ca', 'dc'], 'a').map(({ id }) => id)).toEqual(['a', 'c', 'd']);
    expect(stops(wider, ['unknown'], 'a').map(({ id }) => id)).toEqual(['a']);
  });

  it('reads as lines from the centre outwards, each edge once', () => {
    const told = lines(base()).map(({ near, far, side, edge: { type } }) => `${near.id} ${kinds.role(type, side)} ${far.id}`);
    expect(told).toEqual(['a 被投资 b', 'a 担保人 c']);
  });
});

describe('what is said of edges', () => {
  it('names families by the definition, with how many there are and what has none', () => {
    const graph = graphOf(around([node('a', 0), node('b', 1)], [edge('a', 'b', 'holds'), edge('b', 'a', 'odd')]), 'a');
    expect(legend(graph, families, kinds).map(({ family, count }) => [family?.name ?? null, count])).toEqual([['own', 1], [null, 1]]);
    expect(kinds.symmetric('knows')).toBe(true);
    expect(kinds.role('knows', 'to')).toBe('朋友');
    expect(kinds.label('odd')).toBe('odd');
  });

  it('takes figures from the record, but none that is masked', () => {
    const values = { part: '0.62', sum: { amount: '2900000.00', currency: 'CNY' }, from_on: '2025-01-22', until_on: null };
    expect(factsOf(edge('a', 'b', 'holds', values), definition)).toEqual({ share: '0.62', amount: '2900000.00', currency: 'CNY', start: '2025-01-22', end: undefined });
    expect(factsOf(edge('a', 'b', 'holds', { part: '**', sum: '***' }, ['part', 'sum']), definition)).toEqual({});
    expect(factsOf(edge('a', 'b', 'holds', values), { ...definition, share: null }).share).toBeUndefined();
  });
});

describe('places', () => {
  it('put owners above what they hold, and the owned record in the middle below', () => {
    const graph = graphOf(around([node('a', 0), node('b', 1), node('c', 1), node('d', 2)], [edge('b', 'a', 'holds'), edge('c', 'a', 'holds'), edge('d', 'c', 'holds')]), 'a');
    const places = layered(graph, 100, 50);
    expect(places.get('a')).toEqual({ x: 0, y: -0 });
    expect([places.get('b'), places.get('c')]).toEqual([{ x: -50, y: -50 }, { x: 50, y: -50 }]);
    expect(places.get('d')).toEqual({ x: 0, y: -100 });
  });

  it('put a circle on a ring and ways beside each other between the same ends', () => {
    const round = ring(['a', 'b', 'c', 'd'], 10);
    expect(round.get('a')?.y).toBeCloseTo(-10);
    expect(round.get('b')?.x).toBeCloseTo(10);
    const places = chained([[node('a', 0), node('b', 1), node('z', 2)], [node('a', 0), node('c', 1), node('z', 2)]], 10, 10);
    expect([...places]).toEqual([['a', { x: 0, y: 5 }], ['b', { x: 10, y: 0 }], ['z', { x: 20, y: 5 }], ['c', { x: 10, y: 10 }]]);
  });
});
