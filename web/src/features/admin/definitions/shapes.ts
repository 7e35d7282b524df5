// Objects and fields as the files tell them, an extension joined to what it extends.
import { readToml, type Table, type Toml } from './toml.ts';

export interface Words { zh: string; en: string }
export type Mark = 'required' | 'unique' | 'encrypted' | 'masked' | 'search' | 'indexed' | 'history' | 'read_only' | 'retired';

export interface FieldShape {
  name: string;
  label: Words;
  help: Words;
  type: string;
  /** What the type is made of: length, options, target. */
  about: string;
  level: number;
  marks: Mark[];
  pack: string;
}

export interface ObjectShape { name: string; label: Words; pack: string; paths: string[]; fields: FieldShape[] }

const MARKS: Exclude<Mark, 'masked'>[] = ['required', 'unique', 'encrypted', 'search', 'indexed', 'history', 'read_only', 'retired'];

export const wordOf = (words: Words, tongue: string) => (tongue === 'en' ? words.en : words.zh) || words.zh;

export function tableOf(value: Toml | undefined): Table {
  return typeof value === 'object' && !Array.isArray(value) ? value : {};
}

export function wordsOf(value: Toml | undefined): Words {
  const table = tableOf(value);
  return { zh: String(table.zh ?? ''), en: String(table.en ?? '') };
}

function about(field: Table): string {
  const parts = [field.options, field.to, field.object, field.prefix, field.currency, field.max !== undefined ? `≤ ${String(field.max)}` : undefined];
  return parts.filter((part) => part !== undefined).map((part) => (Array.isArray(part) ? part.join(', ') : String(part))).join(' · ');
}

function fieldsOf(table: Table, pack: string): FieldShape[] {
  return Object.entries(tableOf(table.fields)).map(([name, value]) => {
    const field = tableOf(value);
    const marks: Mark[] = MARKS.filter((mark) => field[mark] !== undefined && field[mark] !== false);
    if (field.mask !== undefined) marks.push('masked');
    return {
      name, pack, marks, type: String(field.type ?? ''), label: wordsOf(field.label), help: wordsOf(field.help),
      about: about(field), level: typeof field.level === 'number' ? field.level : 2,
    };
  });
}

/** Fields that every object carries; no file tells of them, so their words are those of the screen. */
export function basic(known: { name: string; label: string; type: string; level: number }[], tongue: string): FieldShape[] {
  return known.filter((field) => field.name === 'owner' || field.name === 'org_unit' || field.name.endsWith('ated_at') || field.name.endsWith('ated_by')).map((field) => ({
    name: field.name, label: tongue === 'en' ? { zh: '', en: field.label } : { zh: field.label, en: '' }, help: { zh: '', en: '' }, type: field.type, about: '', level: field.level, marks: [], pack: '',
  }));
}

export function objectsOf(texts: Record<string, string>): ObjectShape[] {
  const made = new Map<string, ObjectShape>();
  const read = Object.entries(texts).map(([path, text]) => {
    const [pack = '', , file = ''] = path.split('/');
    return { path, pack, name: file.replace(/\.toml$/, ''), table: readToml(text) };
  });
  for (const { path, pack, name, table } of read.filter((one) => one.table.extends === undefined)) {
    made.set(name, { name, pack, label: wordsOf(table.label), paths: [path], fields: fieldsOf(table, pack) });
  }
  for (const { path, pack, table } of read.filter((one) => one.table.extends !== undefined)) {
    const base = made.get(String(table.extends));
    if (!base) continue;
    base.paths.push(path);
    base.fields.push(...fieldsOf(table, pack));
  }
  return [...made.values()].sort((a, b) => a.pack.localeCompare(b.pack) || a.name.localeCompare(b.name));
}
