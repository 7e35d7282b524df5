// A page layout as sections of fields: pure changes that can be undone, and the file they make.
// Lists, measures, the timeline, graph and trend of a section are not arranged here; they stay with it.
import { joined, partsOf, quoted, setKey } from './edits.ts';
import { labelText, shifted } from './optionSet.ts';
import { tableOf, wordsOf, type Words } from './shapes.ts';
import { readToml } from './toml.ts';

export interface Part { key: number; label: Words; fields: string[]; /** Holds something beside fields. */ more: boolean; /** As it stands in the file; empty for a new one. */ block: string }
export interface LayoutFile { path: string; name: string; object: string; label: Words; highlights: string[]; parts: Part[] }

export type Act =
  | { do: 'move'; field: string; from: number; to: number; at: number }
  | { do: 'shift'; field: string; in: number; by: -1 | 1 }
  | { do: 'add'; field: string; to: number }
  | { do: 'drop'; field: string; from: number }
  | { do: 'section'; label: Words }
  | { do: 'rename'; key: number; label: Words }
  | { do: 'remove'; key: number }
  | { do: 'shiftSection'; key: number; by: -1 | 1 };

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

export function readLayout(path: string, text: string): LayoutFile {
  const table = readToml(text);
  const parts = partsOf(text, 'sections').blocks.map((block, key): Part => {
    const read = readToml(block).sections;
    const section = tableOf(Array.isArray(read) ? read[0] : undefined);
    const more = ['lists', 'measures', 'timeline', 'graph', 'trend', 'related'].some((name) => section[name] !== undefined);
    return { key, label: wordsOf(section.label), fields: texts(section.fields), more, block };
  });
  return { path, name: (path.split('/').at(-1) ?? '').replace(/\.toml$/, ''), object: String(table.object ?? ''), label: wordsOf(table.label), highlights: texts(table.highlights), parts };
}

/** All layouts, those of the packs that stand last first. */
export function layoutsOf(texts: Record<string, string>): LayoutFile[] {
  return Object.entries(texts).map(([path, text]) => readLayout(path, text)).sort((a, b) => b.path.localeCompare(a.path));
}

export function arranged(parts: Part[], act: Act): Part[] {
  const change = (key: number, with_: (part: Part) => Part) => parts.map((part) => (part.key === key ? with_(part) : part));
  switch (act.do) {
    case 'move': {
      const left = parts.map((part) => (part.key === act.from ? { ...part, fields: part.fields.filter((name) => name !== act.field) } : part));
      return left.map((part) => (part.key === act.to ? { ...part, fields: [...part.fields.slice(0, act.at), act.field, ...part.fields.slice(act.at)] } : part));
    }
    case 'shift': return change(act.in, (part) => ({ ...part, fields: shifted(part.fields, part.fields.indexOf(act.field), act.by) }));
    case 'add': return change(act.to, (part) => (part.fields.includes(act.field) ? part : { ...part, fields: [...part.fields, act.field] }));
    case 'drop': return change(act.from, (part) => ({ ...part, fields: part.fields.filter((name) => name !== act.field) }));
    case 'section': return [...parts, { key: Math.max(-1, ...parts.map((part) => part.key)) + 1, label: act.label, fields: [], more: false, block: '' }];
    case 'rename': return change(act.key, (part) => ({ ...part, label: act.label }));
    case 'remove': return parts.filter((part) => part.key !== act.key);
    case 'shiftSection': return shifted(parts, parts.findIndex((part) => part.key === act.key), act.by);
  }
}

/** What was, is, and was taken back. */
export interface Story { past: Part[][]; now: Part[]; future: Part[][] }
export type Step = Act | { do: 'undo' } | { do: 'redo' } | { do: 'start'; parts: Part[] };

const REMEMBERED = 100;

export function told(story: Story, step: Step): Story {
  if (step.do === 'start') return { past: [], now: step.parts, future: [] };
  if (step.do === 'undo') {
    const last = story.past.at(-1);
    return last ? { past: story.past.slice(0, -1), now: last, future: [story.now, ...story.future] } : story;
  }
  if (step.do === 'redo') {
    const [next, ...rest] = story.future;
    return next ? { past: [...story.past, story.now], now: next, future: rest } : story;
  }
  const now = arranged(story.now, step);
  return JSON.stringify(now) === JSON.stringify(story.now) ? story : { past: [...story.past, story.now].slice(-REMEMBERED), now, future: [] };
}

function partText(part: Part): string {
  let text = part.block || '[[sections]]';
  const read = readToml(text).sections;
  const before = tableOf(Array.isArray(read) ? read[0] : undefined);
  const words = wordsOf(before.label);
  if (words.zh !== part.label.zh || words.en !== part.label.en || !part.block) text = setKey(text, 'sections', 'label', labelText(part.label));
  if (JSON.stringify(texts(before.fields)) !== JSON.stringify(part.fields)) text = setKey(text, 'sections', 'fields', part.fields.length > 0 || !part.more ? `[${part.fields.map(quoted).join(', ')}]` : null);
  return text;
}

export function writeLayout(text: string, parts: Part[]): string {
  return joined({ ...partsOf(text, 'sections'), blocks: parts.map(partText) });
}

/** A layout of the institution's own, with all fields that are given in one section. */
export function newLayout(object: string, label: Words, section: Words, fields: string[]): string {
  return `object = ${quoted(object)}\nlabel = ${labelText(label)}\ndefault = true\n\n[[sections]]\nlabel = ${labelText(section)}\nfields = [${fields.map(quoted).join(', ')}]\n`;
}
