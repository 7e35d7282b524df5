// An option set's file as items to edit, and the items written back; what is not edited stays as it was.
import { joined, partsOf, quoted, setKey } from './edits.ts';
import { tableOf, wordsOf, type Words } from './shapes.ts';
import { readToml } from './toml.ts';

export interface Item { code: string; label: Words; color: string; retired: boolean; parent: string; /** As it stands in the file; empty for a new one. */ block: string }
export interface OptionFile { path: string; name: string; label: Words; /** Made by the platform: there is nothing to edit. */ derived: boolean; items: Item[] }

export const CODE = /^[A-Za-z0-9_.-]{1,64}$/;
export const COLORS = ['blue', 'green', 'red', 'orange', 'gold', 'purple', 'cyan', 'gray', 'teal', 'pink'] as const;

export function readOptions(path: string, text: string): OptionFile {
  const table = readToml(text);
  const items = partsOf(text, 'items').blocks.map((block): Item => {
    const read = readToml(block).items;
    const item = tableOf(Array.isArray(read) ? read[0] : undefined);
    return { code: String(item.code ?? ''), label: wordsOf(item.label), color: String(item.color ?? ''), retired: item.retired === true, parent: String(item.parent ?? ''), block };
  });
  return { path, name: (path.split('/').at(-1) ?? '').replace(/\.toml$/, ''), label: wordsOf(table.label), derived: table.source !== undefined, items };
}

export const labelText = ({ zh, en }: Words) => `{ zh = ${quoted(zh)}, en = ${quoted(en)} }`;

function itemText(item: Item): string {
  const start = item.block || `[[items]]\ncode = ${quoted(item.code)}`;
  const known = readToml(start).items;
  const before = tableOf(Array.isArray(known) ? known[0] : undefined);
  let text = start;
  const put = (key: string, value: string | null, same: boolean) => { if (!same) text = setKey(text, 'items', key, value); };
  const words = wordsOf(before.label);
  put('label', labelText(item.label), words.zh === item.label.zh && words.en === item.label.en);
  put('color', item.color ? quoted(item.color) : null, String(before.color ?? '') === item.color);
  put('retired', item.retired ? 'true' : null, (before.retired === true) === item.retired);
  return text;
}

export function writeOptions(text: string, items: Item[], label: Words): string {
  const parts = partsOf(text, 'items');
  const known = wordsOf(readToml(text).label);
  const head = known.zh === label.zh && known.en === label.en ? parts.head : setKey(parts.head, '', 'label', labelText(label));
  return joined({ ...parts, head, blocks: items.map(itemText) });
}

/** The list with one item a place up or down. */
export function shifted<T>(items: T[], at: number, by: -1 | 1): T[] {
  const to = at + by;
  const [one, other] = [items[at], items[to]];
  if (one === undefined || other === undefined) return items;
  return items.map((item, index) => (index === at ? other : index === to ? one : item));
}
