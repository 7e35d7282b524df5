// What roles grant and what a user or role may do, as the server tells it.

export const ACTIONS = ['read', 'create', 'update', 'delete', 'reveal', 'export', 'import', 'reassign', 'share', 'merge'] as const;
export const ACCESSES = ['write', 'read', 'masked', 'hidden'] as const;
export const ROWS = ['own', 'team', 'unit', 'subtree', 'all', 'shared', 'parent', 'shared_parent'] as const;
export type Access = (typeof ACCESSES)[number];

export interface RoleInfo {
  name: string;
  label: string;
  pack: string;
  rights: string[];
  excludes: string[];
  reveal_per_day: number;
  reveal_approval: boolean;
  export_rows: number;
  objects: Record<string, string[]>;
}

export interface SightGrant { role: string; unit: string | null; rows: string; when: string | null; actions: string[]; fields: Record<string, Access> }
export interface SightField { name: string; label: string; level: number; access: Access }
export interface SightObject { name: string; label: string; actions: string[]; fields: SightField[]; grants: SightGrant[] }

export interface Sight {
  active: boolean;
  roles: { name: string; label: string | null; unit: string | null }[];
  rights: string[];
  reveal_per_day: number;
  reveal_approval: boolean;
  export_rows: number;
  objects: SightObject[];
}

/** How many fields each access shows, in the order of `ACCESSES`. */
export function shares(object: SightObject): { access: Access; count: number }[] {
  return ACCESSES.map((access) => ({ access, count: object.fields.filter((field) => field.access === access).length })).filter((share) => share.count > 0);
}

/** The different rows that records are read of, widest words first; conditions come last. */
export function scopes(object: SightObject): string[] {
  const order = ['all', 'subtree', 'unit', 'team', 'own', 'parent', 'shared', 'shared_parent'];
  const place = (rows: string) => (order.includes(rows) ? order.indexOf(rows) : order.length);
  const reading = object.grants.filter((grant) => grant.actions.includes('read')).map((grant) => grant.rows);
  return [...new Set(reading)].sort((a, b) => place(a) - place(b));
}

export const isWord = (rows: string) => (ROWS as readonly string[]).includes(rows);

/** Objects whose name or label has a text. */
export function found<T extends { name: string; label: string }>(objects: T[], text: string): T[] {
  const wanted = text.trim().toLowerCase();
  return objects.filter((object) => `${object.name} ${object.label}`.toLowerCase().includes(wanted));
}
