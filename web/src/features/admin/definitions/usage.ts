// Where a field, an object or an option set is used, line by line through the definition files.
import { scanBlocks } from './edits.ts';
import { readToml } from './toml.ts';

export interface Wanted { object?: string; field?: string; options?: string }
export interface Use { path: string; kind: string; line: number; text: string; /** Not sure to mean this one: another object may have a field of this name. */ maybe: boolean }

const word = (name: string) => new RegExp(`(?<![\\w])${name}(?![\\w])`);
const kindOf = (path: string) => path.split('/')[1]?.replace(/\.toml$/, '') ?? '';

/** The object that a file is about, as a whole. */
function about(path: string, text: string): string | undefined {
  const table = readToml(text);
  if (kindOf(path) === 'objects') return typeof table.extends === 'string' ? table.extends : (path.split('/').at(-1) ?? '').replace(/\.toml$/, '');
  return typeof table.object === 'string' ? table.object : undefined;
}

function usesOfField(path: string, text: string, object: string, field: string): Use[] {
  const whole = about(path, text) === object;
  const named = word(field);
  const dotted = new RegExp(`(?<![\\w])${object}\\.${field}(?![\\w])`);
  const through = new RegExp(`\\.${field}(?![\\w])`);
  // Blocks such as grants and steps name the object they are about themselves.
  const inner = new Set<number>();
  for (const block of scanBlocks(text)) {
    if (!block.lines.some((line) => new RegExp(`^\\s*object\\s*=\\s*"${object}"`).test(line))) continue;
    block.lines.forEach((_, index) => inner.add(block.from + index));
  }
  return text.split('\n').flatMap((line, index): Use[] => {
    const shown = line.trim();
    const own = new RegExp(`^\\[fields\\.${field}(\\.|\\])`).test(shown);
    if (shown === '' || shown.startsWith('#') || (whole && own && kindOf(path) === 'objects')) return [];
    const sure = dotted.test(line) || ((whole || inner.has(index)) && named.test(line));
    const maybe = !sure && !shown.startsWith('[') && through.test(line);
    return sure || maybe ? [{ path, kind: kindOf(path), line: index + 1, text: shown, maybe }] : [];
  });
}

export function usages(texts: Record<string, string>, wanted: Wanted): Use[] {
  return Object.entries(texts).sort(([a], [b]) => a.localeCompare(b)).flatMap(([path, text]): Use[] => {
    if (wanted.object && wanted.field) return usesOfField(path, text, wanted.object, wanted.field);
    const name = wanted.object ?? wanted.options ?? '';
    const quoted = wanted.options ? new RegExp(`^\\s*options\\s*=\\s*"${name}"`) : word(name);
    const itself = wanted.object ? `objects/${name}.toml` : `options/${name}.toml`;
    if (path.endsWith(`/${itself}`)) return [];
    return text.split('\n').flatMap((line, index) => (!line.trim().startsWith('#') && quoted.test(line) ? [{ path, kind: kindOf(path), line: index + 1, text: line.trim(), maybe: false }] : []));
  });
}
