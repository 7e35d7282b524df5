// What the generic routes answer. Records carry values by field name; which fields there are is
// told by the object's description, never by code.
import type { Neighbourhood } from './graph.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A reference to a record of one of several objects. */
export interface Link { object: string; id: string }
export interface Money { amount: string; currency: string }

export interface RecordView {
  object: string;
  id: string;
  version: number;
  values: Record<string, Json>;
  masked: string[];
  titles?: Record<string, Json>;
  access?: RecordAccess;
}

export interface RecordAccess { actions: string[]; write: string[]; reveal: string[] }
export interface Count { rows: number; more: boolean }
export interface Page { records?: RecordView[]; groups?: Json[]; next?: string; count?: Count }

export interface Session {
  user: string;
  csrf: string | null;
  must: 'password_change' | 'second_factor_setup' | null;
  expires_at: string | null;
}

export interface Screen {
  reveal_reasons: string[];
  reveal_seconds: number;
  idle_minutes: number;
  watermark: boolean;
}

export interface Me {
  user: string;
  login: string;
  name: string;
  roles: { name: string; label: string }[];
  rights: string[];
  org_unit: string | null;
  units: string[];
  reveal_per_day: number; reveal_approval: boolean;
  export_rows: number;
  objects: Record<string, { actions: string[]; fields: Record<string, string> }>;
  screen: Screen;
}

export interface ObjectEntry {
  name: string;
  label: string;
  pack: string;
  system: string | null;
  /** The field by which a record is known. */
  title?: string | null;
  /** Whether its records are compared with each other. */
  duplicates?: boolean;
  menu?: number | null;
  icon?: string | null;
  /** Whether one of its views stands on the workbench. */
  home?: boolean;
  /** Whether rows of one of its views wait for the reader. */
  notify?: boolean;
  actions: string[];
}

export interface ObjectList { version: number; objects: ObjectEntry[] }
export type Access = 'read' | 'masked' | 'write';

export interface Field {
  name: string;
  label: string;
  help?: string;
  type: string;
  access: Access;
  /** Of a file: whether what it held before is kept. */
  versions?: boolean;
  required: boolean;
  /** Filled in by the server when left empty. */
  default?: boolean;
  unique: boolean;
  read_only: boolean;
  level: number;
  encrypted: boolean;
  search: boolean;
  max?: number | string | null;
  min?: string | null;
  scale?: number;
  currency?: string;
  currency_field?: string;
  options?: string;
  to?: string[];
  object?: string;
  by?: string;
  value?: string | null;
  max_bytes?: number;
}

export interface Section { label: string; fields: string[]; related: string[] }
export interface Layout { name: string; label: string; highlights: string[]; sections: Section[] }

/** What a caller can do about a warning or suggestion. */
export interface Offer { label: string; edit?: string[]; create?: string; values?: Record<string, Json> }

export interface Hint {
  code: string;
  severity?: 'low' | 'medium' | 'high';
  message: string;
  reason?: string;
  field?: string;
  offer?: Offer;
}

/** Records that refer to the page's record. */
export interface PageList {
  from: string;
  object: string;
  label: string;
  columns: string[];
  records: RecordView[];
  count: Count;
  filter?: string;
  sort: string[];
}

/** A number over records that refer to the page's record. */
export interface Measure {
  name: string;
  label: string;
  from: string;
  field?: string;
  currency?: string;
  value?: Json;
  groups?: { keys: Record<string, Json>; measures: { value?: Json } }[];
}

/** A kept change of a field; values that the log seals are digests or absent. */
export interface FieldChange { field: string; from?: Json; to?: Json }

export interface TimelineEntry {
  kind: string;
  at: string;
  /** The civil date, of entries that have no time. */
  on?: string;
  object: string;
  id: string;
  title?: string | null;
  record?: { values?: Record<string, Json>; masked?: string[]; titles?: Record<string, Json> };
  change?: { action: string; by?: string | null; by_title?: string | null; fields?: FieldChange[] };
}

export interface TimelinePage {
  kinds: { kind: string; label: string; icon?: string | null; object?: string }[];
  entries: TimelineEntry[];
  next?: string | null;
}

export interface PageSection {
  label: string;
  fields: string[];
  lists: PageList[];
  measures: Measure[];
  /** The newest of what happened around the record. */
  timeline?: TimelinePage;
  /** What lies around the record, as the graph's own request answers it. */
  graph?: Neighbourhood;
  /** What the record has over the last months, of the first measure; and what else can be asked for. */
  trend?: PageTrend;
}

/** A span of time and what a measure was at its end, or what flowed in it. */
export interface Point { from: string; to: string; value: string }
export interface Series { measure: string; currency?: string; complete: boolean; points: Point[] }
export interface MeasureEntry { name: string; label: { zh: string; en: string }; kind: 'balance' | 'flow'; currency?: string }
export interface PageTrend { measures: MeasureEntry[]; months: number; series: Series }

/** A record's whole page, as far as the caller's rights reach. */
export interface Overview {
  title: string | null;
  record: RecordView;
  access: RecordAccess;
  layout?: { name: string; label: string };
  layouts: { name: string; label: string }[];
  highlights: string[];
  warnings: Hint[];
  suggestions: Hint[];
  completeness?: Completeness[];
  sections: PageSection[];
}

/** How much of what a list asks for is there. */
export interface Completeness {
  name: string;
  label: string;
  field: string;
  /** The weighted part, 1 being all. */
  share: string;
  missing: { code: string; label: string; weight: number; by: string[]; field?: string }[];
}

export interface View {
  name: string;
  label: string;
  columns: string[];
  filter: string | null;
  sort: string[];
  home?: number | null;
  /** Whether its rows wait for the reader. */
  notify?: boolean;
}

export interface ObjectDef {
  name: string;
  label: string;
  pack: string;
  system: string | null;
  title: string;
  actions: string[];
  fields: Field[];
  layouts: Layout[];
  views: View[];
  form?: FormRules;
  /** Whether its records are compared with each other. */
  duplicates?: boolean;
  /** Whether the law keeps some of its records. */
  keeps?: boolean;
  /** Its records are requests of those whom data is about: where they stand, and how they are answered. */
  answers?: { status: string; ready: string; right: string; dossier: string[]; erase: string[] } | null;
  /** How its records join two others. */
  edge?: EdgeDef | null;
  /** The objects whose records join records of this one. */
  graphs?: string[];
  /** What the reader may make about a record: an object, and its field that refers to the record. */
  about?: { object: string; by: string; label: string }[];
}

/** An expression as the browser evaluates it; see `meta/expr`. */
export interface ExprTree { v: number; ty: string; root: [string, ...unknown[]] }

/** A condition on a form: when it applies, `must` may not be false. */
export interface FormRule { code: string; at: string | null; message: string; when: ExprTree | null; must: ExprTree }

/** What a form can work out as one types, as far as the caller's rights reach. */
export interface FormRules {
  formulas: Record<string, ExprTree>;
  defaults: Record<string, ExprTree>;
  validations: FormRule[];
  /** Values of the parameters that the expressions read, in force today. */
  parameters: Record<string, Json>;
}

/** Which fields of an object's records are the ends, the kind and the figures of an edge. */
export interface EdgeDef {
  from: string | null;
  to: string | null;
  type: string | null;
  start: string | null;
  end: string | null;
  share: string | null;
  amount: string | null;
  families: EdgeFamily[];
  /** Kinds looked through for circles. */
  circles: string[];
  /** Kinds whose share counts, where shares are held along edges. */
  ownership: string[] | null;
  /** Figures that add up over a group under one control, where there are such groups. */
  exposure: string[] | null;
}

export interface EdgeFamily { name: string; label: string; color: string | null; dashed: boolean }

/** What an option says about the two sides of an edge. */
export interface Tie { family: string | null; symmetric: boolean; from: string | null; to: string | null }

export interface OptionItem {
  code: string;
  label: string;
  parent: string | null;
  color: string | null;
  retired: boolean;
  tie?: Tie | null;
}

export interface OptionSet { name: string; label: string; items: OptionItem[] }

export interface SearchGroup { object: string; label: string; records: RecordView[]; more: boolean }

export interface Job {
  id: string;
  kind: string;
  state: 'ready' | 'running' | 'done' | 'dead' | 'cancelled';
  done: number | null;
  total: number | null;
  result: Json;
  error: string | null;
}

export interface AuditEntry {
  number: number;
  id: string;
  at: string;
  actor: string | null;
  kind: string;
  object: string | null;
  record: string | null;
  body: Json;
}
