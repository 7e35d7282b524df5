// What the graph routes answer. Records and edges are of any object; their definitions say the rest.
import type { RecordView } from './types.ts';

export interface Node {
  object: string;
  id: string;
  /** Steps from the record asked about. */
  depth: number;
  visible: boolean;
  title?: string;
}

export interface Edge { from: string; to: string; type: string; record: RecordView }

/** Edges of one kind at one side of a record, of which some are not shown. */
export interface Rest { node: string; side: 'from' | 'to'; type: string; total: number; more: boolean; shown: number }

interface Answer { edge: string; on: string; nodes: Node[]; edges: Edge[] }

export interface Neighbourhood extends Answer { groups: Rest[]; truncated: boolean }
export interface Paths extends Answer { paths: string[][]; truncated: boolean }

export interface Owner {
  node: string;
  direct: string;
  total: string;
  beneficial?: { by: 'share' } | { by: 'kind'; type: string };
  /** The stakes that carry the most, from the owned record up. */
  way: string[];
}

export interface Owners extends Answer { threshold?: string; owners: Owner[]; complete: boolean }
export interface Circles extends Answer { circles: { nodes: string[]; edges: string[] }[]; complete: boolean }

export interface Total { field: string; total: string; counted: number; unread: number; members: [string, string][] }
export interface Exposure extends Answer { share_above?: string; totals: Total[]; complete: boolean }
