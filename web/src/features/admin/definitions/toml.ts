// Reads the part of TOML that definition files are written in, for showing what they hold. The
// server judges the files; here a line that is not understood is passed over.

export type Toml = string | number | boolean | Toml[] | { [key: string]: Toml };
export type Table = { [key: string]: Toml };

export function readToml(text: string): Table {
  const root: Table = {};
  let at: Table = root;
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index += 1) {
    let line = (lines[index] ?? '').trim();
    if (line === '' || line.startsWith('#')) continue;
    const header = /^(\[\[?)\s*([^\]]+?)\s*\]\]?/.exec(line);
    if (header) {
      at = enter(root, (header[2] ?? '').split('.').map((part) => part.trim().replace(/^"|"$/g, '')), header[1] === '[[');
      continue;
    }
    const equals = line.indexOf('=');
    if (equals < 1) continue;
    const key = line.slice(0, equals).trim().replace(/^"|"$/g, '');
    line = line.slice(equals + 1).trim();
    while (unfinished(line) && index + 1 < lines.length) {
      index += 1;
      line += `\n${lines[index] ?? ''}`;
    }
    const value = new Reader(line).value();
    if (value !== undefined) at[key] = value;
  }
  return root;
}

function isTable(value: Toml | undefined): value is Table {
  return typeof value === 'object' && !Array.isArray(value);
}

function enter(root: Table, path: string[], several: boolean): Table {
  let at = root;
  path.forEach((part, index) => {
    const last = index === path.length - 1;
    if (last && several) {
      const list = Array.isArray(at[part]) ? (at[part] as Toml[]) : [];
      const fresh: Table = {};
      list.push(fresh);
      at[part] = list;
      at = fresh;
      return;
    }
    const present = at[part];
    const inner = Array.isArray(present) ? present.at(-1) : present;
    if (isTable(inner)) at = inner;
    else {
      const fresh: Table = {};
      at[part] = fresh;
      at = fresh;
    }
  });
  return at;
}

/** Whether a value goes on in the next line: a bracket or a long text is still open. */
export function unfinished(text: string): boolean {
  if (text.startsWith('"""') || text.startsWith("'''")) return !text.slice(3).includes(text.slice(0, 3));
  let depth = 0;
  let quote = '';
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index] ?? '';
    if (quote) {
      if (char === '\\' && quote === '"') index += 1;
      else if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if (char === '#') {
      const end = text.indexOf('\n', index);
      if (end < 0) break;
      index = end;
    } else if (char === '[' || char === '{') depth += 1;
    else if (char === ']' || char === '}') depth -= 1;
  }
  return depth > 0;
}

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', '"': '"', '\\': '\\' };

class Reader {
  private at = 0;
  constructor(private readonly text: string) {}

  value(): Toml | undefined {
    this.space();
    const rest = this.text.slice(this.at);
    const mark = rest[0];
    if (rest.startsWith('"""') || rest.startsWith("'''")) {
      const end = this.text.indexOf(rest.slice(0, 3), this.at + 3);
      const inner = this.text.slice(this.at + 3, end < 0 ? undefined : end);
      this.at = end < 0 ? this.text.length : end + 3;
      return inner.replace(/^\n/, '');
    }
    if (mark === '"' || mark === "'") return this.quoted(mark);
    if (mark === '[') return this.list();
    if (mark === '{') return this.table();
    const word = /^[^,\]}#\s]+/.exec(rest)?.[0];
    if (!word) return undefined;
    this.at += word.length;
    if (word === 'true' || word === 'false') return word === 'true';
    const number = Number(word.replaceAll('_', ''));
    return Number.isFinite(number) ? number : word;
  }

  private quoted(quote: string): string {
    let made = '';
    for (this.at += 1; this.at < this.text.length; this.at += 1) {
      const char = this.text[this.at] ?? '';
      if (char === quote) break;
      if (char === '\\' && quote === '"') {
        this.at += 1;
        made += ESCAPES[this.text[this.at] ?? ''] ?? '';
      } else made += char;
    }
    this.at += 1;
    return made;
  }

  private list(): Toml[] {
    const made: Toml[] = [];
    this.at += 1;
    while (!this.closes(']')) {
      const value = this.value();
      if (value === undefined) break;
      made.push(value);
      this.comma();
    }
    return made;
  }

  private table(): Table {
    const made: Table = {};
    this.at += 1;
    while (!this.closes('}')) {
      const key = /^\s*"?([\w.-]+)"?\s*=/.exec(this.text.slice(this.at));
      if (!key) break;
      this.at += key[0].length;
      const value = this.value();
      if (value === undefined) break;
      made[key[1] ?? ''] = value;
      this.comma();
    }
    return made;
  }

  private closes(mark: string): boolean {
    this.space();
    if (this.at >= this.text.length) return true;
    if (this.text[this.at] !== mark) return false;
    this.at += 1;
    return true;
  }

  private comma() {
    this.space();
    if (this.text[this.at] === ',') this.at += 1;
  }

  private space() {
    const skipped = /^(\s|#[^\n]*(\n|$))*/.exec(this.text.slice(this.at))?.[0] ?? '';
    this.at += skipped.length;
  }
}
