// Writes the files that add one field to an object: pure text in, pure text out.
import { quoted } from './edits.ts';
import { arranged, readLayout, writeLayout } from './layout.ts';
import { type FileText, newPack } from './ownPack.ts';

/** What the form asks for. */
export interface NewField {
  /** The institution's pack that will hold the field. */
  pack: string;
  object: string;
  name: string;
  zh: string;
  en: string;
  type: string;
  required: boolean;
  unique: boolean;
  /** Kept in the field's history. */
  history: boolean;
  level: number;
  max?: number;
  scale?: number;
  currency?: string;
  /** An option set that exists, for types that choose. */
  options?: string;
  /** One option per line, `code 中文 English`, for a new option set. */
  items?: string;
  to?: string;
  /** The section that shows it, as `placeOf` writes it; in none when empty. */
  place?: string;
}

/** A section of a layout: the layout's path and the section's key. */
export const placeOf = (path: string, key: number) => `${path}#${key}`;

/** The types the form can write; the others are for the editor. */
export const SIMPLE_TYPES = ['text', 'long_text', 'number', 'money', 'percent', 'date', 'date_time', 'boolean', 'select', 'multi_select', 'reference', 'user', 'phone', 'email', 'url', 'file', 'tags'] as const;

export const NAME = /^[a-z](?!.*__)[a-z0-9_]{0,47}$/;
/** An identifier made from words; empty when they hold no letter or digit of the Latin alphabet. */
export function nameOf(words: string): string {
  const name = words.toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^[_0-9]+|_+$/g, '');
  return name.slice(0, 48).replace(/_+$/, '');
}

const CHOOSING = new Set(['select', 'multi_select']);

const label = (zh: string, en: string) => `label = { zh = ${quoted(zh)}, en = ${quoted(en)} }`;

export function fieldText(field: NewField): string {
  const lines = [`[fields.${field.name}]`, `type = ${quoted(field.type)}`];
  if (field.type === 'text' || field.type === 'long_text') lines.push(`max = ${field.max ?? (field.type === 'text' ? 100 : 2000)}`);
  if (field.type === 'number' || field.type === 'percent' || field.type === 'money') lines.push(`scale = ${field.scale ?? (field.type === 'number' ? 0 : 2)}`);
  if (field.type === 'money') lines.push(`currency = ${quoted(field.currency ?? 'CNY')}`);
  if (CHOOSING.has(field.type)) lines.push(`options = ${quoted(field.options ?? optionSet(field))}`);
  if (field.type === 'reference' && field.to) lines.push(`to = ${quoted(field.to)}`, 'on_delete = "restrict"');
  if (field.type === 'file') lines.push(`max_bytes = ${10 * 1024 * 1024}`);
  lines.push(label(field.zh, field.en));
  if (field.required) lines.push('required = true');
  if (field.unique) lines.push('unique = true');
  if (field.history) lines.push('history = true');
  if (field.level !== 2) lines.push(`level = ${field.level}`);
  if (field.level >= 3) lines.push('mask = "all"');
  return `${lines.join('\n')}\n`;
}

function optionSet(field: NewField): string {
  return `${field.object}_${field.name}`.slice(0, 48);
}

/** Options of a new set; a line without an English word uses the Chinese one. */
export function optionsText(field: NewField): string {
  const items = (field.items ?? '').split('\n').map((line) => line.trim().split(/\s+/)).filter(([code]) => code);
  const text = items.map(([code = '', zh = code, ...en]) => `\n[[items]]\ncode = ${quoted(code)}\n${label(zh, en.join(' ') || zh)}\n`);
  return `${label(field.zh, field.en)}\n${text.join('')}`;
}

/**
 * The files to put into the draft, that of the field last. `current` tells a file's text with the draft's changes, and
 * `packs` the packs there are, which a new pack builds on.
 */
export function addField(field: NewField, current: (path: string) => string | undefined, packs: string[]): FileText[] {
  const files: FileText[] = [];
  const head = newPack(field.pack, current(`${field.pack}/pack.toml`) === undefined ? packs.filter((pack) => pack !== field.pack) : packs);
  if (head) files.push(head);
  if (CHOOSING.has(field.type) && !field.options) files.push({ path: `${field.pack}/options/${optionSet(field)}.toml`, text: optionsText(field) });
  const own = `${field.pack}/objects/${field.object}.toml`;
  const path = current(own) === undefined ? `${field.pack}/objects/${field.object}_${field.pack}.toml` : own;
  const before = current(path) ?? `extends = ${quoted(field.object)}\n`;
  files.push({ path, text: `${before.trimEnd()}\n\n${fieldText(field)}` });
  const shown = field.place ? placed(field.place, field.name, current) : undefined;
  // The field's own file stays last: it is what one looks at next.
  if (shown) files.splice(-1, 0, shown);
  return files;
}

function placed(place: string, field: string, current: (path: string) => string | undefined): FileText | undefined {
  const [path = '', key] = place.split('#');
  const text = current(path);
  if (text === undefined) return undefined;
  return { path, text: writeLayout(text, arranged(readLayout(path, text).parts, { do: 'add', field, to: Number(key) })) };
}
