// Changes one place of a definition file and leaves every other line, comment and order as it was.
import { unfinished } from './toml.ts';

/** A TOML basic string. */
export function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replace(/[\r\n\t]+/g, ' ')}"`;
}

/** A header or a key with its value, as the lines from `from` until before `to`. */
interface Entry { from: number; to: number; path?: string; several?: boolean; key?: string }

const HEADER = /^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(#.*)?$/;
const KEY = /^\s*"?([\w.-]+)"?\s*=/;

function scan(lines: string[]): Entry[] {
  const entries: Entry[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const header = HEADER.exec(line);
    if (header) {
      entries.push({ from: at, to: at + 1, path: (header[2] ?? '').replaceAll(/[\s"]/g, ''), several: header[1] === '[[' });
      continue;
    }
    const key = KEY.exec(line);
    if (!key) continue;
    let value = line.slice(line.indexOf('=') + 1).trim();
    let to = at + 1;
    while (unfinished(value) && to < lines.length) {
      value += `\n${lines[to] ?? ''}`;
      to += 1;
    }
    entries.push({ from: at, to, key: key[1] });
    at = to - 1;
  }
  return entries;
}

/** A text taken apart at the tables `[[name]]`: what stands before, each with its inner tables, what stands after. */
export interface Parts { head: string; blocks: string[]; tail: string }

const idle = (line: string) => line.trim() === '' || line.trim().startsWith('#');

export function partsOf(text: string, name: string): Parts {
  const lines = text.split('\n');
  const headers = scan(lines).filter((entry) => entry.path !== undefined);
  const starts = headers.filter((entry) => entry.several && entry.path === name).map((entry) => entry.from);
  const [first] = starts;
  if (first === undefined) return { head: text, blocks: [], tail: '' };
  // Comments right above a table are about it.
  const above = (from: number) => {
    let start = from;
    while (start > 0 && (lines[start - 1] ?? '').trim().startsWith('#')) start -= 1;
    return start;
  };
  const after = headers.find((entry) => entry.from > (starts.at(-1) ?? 0) && entry.path !== name && !entry.path?.startsWith(`${name}.`));
  const ends = [...starts.slice(1), after?.from ?? lines.length].map((end) => (end === lines.length ? end : above(end)));
  const join = (from: number, to: number) => lines.slice(from, to).join('\n');
  const blocks = starts.map((start, index) => join(above(start), ends[index] ?? lines.length).trimEnd());
  return { head: join(0, above(first)).trimEnd(), blocks, tail: join(ends.at(-1) ?? lines.length, lines.length).trim() };
}

export function joined({ head, blocks, tail }: Parts): string {
  return `${[head.trim(), ...blocks.map((block) => block.trim()), tail.trim()].filter((part) => part !== '').join('\n\n')}\n`;
}

/**
 * Gives `key` of the table `path` another value, or takes it away with null. The empty path is the
 * top of the file. A table that is not there is added at the end.
 */
export function setKey(text: string, path: string, key: string, value: string | null): string {
  const lines = text.split('\n');
  const entries = scan(lines);
  const start = path === '' ? 0 : entries.findIndex((entry) => entry.path === path);
  if (start < 0) return value === null ? text : `${text.trimEnd()}\n\n[${path}]\n${key} = ${value}\n`;
  const rest = entries.slice(path === '' ? 0 : start + 1);
  const next = rest.findIndex((entry) => entry.path !== undefined);
  const own = next < 0 ? rest : rest.slice(0, next);
  const known = own.find((entry) => entry.key === key);
  if (known) lines.splice(known.from, known.to - known.from, ...(value === null ? [] : [`${key} = ${value}`]));
  else if (value !== null) {
    const before = own.at(-1)?.to ?? (path === '' ? lines.findIndex((line) => !idle(line)) : (entries[start]?.to ?? 0));
    lines.splice(before < 0 ? lines.length : before, 0, `${key} = ${value}`);
  }
  return lines.join('\n');
}

/** Whether a table stands in a text. */
export function hasTable(text: string, path: string): boolean {
  return scan(text.split('\n')).some((entry) => entry.path === path);
}

/** Every table of a text with the lines it holds, inner tables of a repeated one among them. */
export function scanBlocks(text: string): { from: number; lines: string[] }[] {
  const lines = text.split('\n');
  const headers = scan(lines).filter((entry) => entry.path !== undefined);
  const tops = headers.filter((entry) => !headers.some((outer) => outer.several && outer.path !== entry.path && entry.path?.startsWith(`${outer.path}.`)));
  return tops.map((entry, index) => {
    const to = tops[index + 1]?.from ?? lines.length;
    return { from: entry.from, lines: lines.slice(entry.from, to) };
  });
}
