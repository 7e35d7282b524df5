// The registry of field types: how wide, on which side, how filtered, how edited. A new field type
// is one entry here, one component in `Show.tsx` and, if it is written, one editor.
import type { Field } from '@/shared/api/types.ts';

/** How conditions on a field are asked. */
export type FilterKind = 'text' | 'number' | 'date' | 'instant' | 'boolean' | 'option' | 'options' | 'cascade' | 'reference' | 'user' | 'unit' | 'none';

/** Which editor writes a field; null when it is not written by hand. */
export type EditorKind =
  | 'text' | 'long_text' | 'number' | 'money' | 'percent' | 'date' | 'date_time' | 'boolean' | 'select'
  | 'multi_select' | 'cascade' | 'reference' | 'file' | 'tags' | null;

export interface FieldKind {
  width: number;
  numeric: boolean;
  filter: FilterKind;
  editor: EditorKind;
  /** Takes the whole row of a form. */
  wide?: boolean;
  /** Not sortable on the server. */
  unsorted?: boolean;
}

const kind = (width: number, filter: FilterKind, editor: EditorKind, more: Partial<FieldKind> = {}): FieldKind =>
  ({ width, numeric: false, filter, editor, ...more });

const KINDS: Record<string, FieldKind> = {
  text: kind(160, 'text', 'text'),
  long_text: kind(240, 'text', 'long_text', { wide: true, unsorted: true }),
  number: kind(110, 'number', 'number', { numeric: true }),
  money: kind(150, 'number', 'money', { numeric: true }),
  percent: kind(100, 'number', 'percent', { numeric: true }),
  date: kind(116, 'date', 'date'),
  date_time: kind(150, 'instant', 'date_time'),
  boolean: kind(90, 'boolean', 'boolean'),
  select: kind(120, 'option', 'select'),
  multi_select: kind(180, 'options', 'multi_select', { unsorted: true }),
  cascade: kind(170, 'cascade', 'cascade'),
  reference: kind(150, 'reference', 'reference', { unsorted: true }),
  many_to_many: kind(180, 'none', null, { unsorted: true }),
  child_table: kind(100, 'none', null, { wide: true, unsorted: true }),
  user: kind(110, 'user', 'reference', { unsorted: true }),
  org_unit: kind(150, 'unit', 'reference', { unsorted: true }),
  auto_number: kind(140, 'text', null),
  formula: kind(110, 'none', null, { unsorted: true }),
  roll_up: kind(110, 'none', null, { unsorted: true }),
  file: kind(140, 'none', 'file', { unsorted: true }),
  phone: kind(130, 'text', 'text', { unsorted: true }),
  email: kind(180, 'text', 'text', { unsorted: true }),
  url: kind(180, 'text', 'text', { unsorted: true }),
  resident_id: kind(180, 'text', 'text', { unsorted: true }),
  credit_code: kind(190, 'text', 'text', { unsorted: true }),
  bank_card: kind(190, 'text', 'text', { unsorted: true }),
  address: kind(240, 'text', 'text', { wide: true, unsorted: true }),
  tags: kind(180, 'none', 'tags', { unsorted: true }),
};

const UNKNOWN = kind(140, 'none', null, { unsorted: true });

export function kindOf(field: Field | undefined): FieldKind {
  return (field && KINDS[field.type]) || UNKNOWN;
}

export const TYPES = Object.keys(KINDS);
