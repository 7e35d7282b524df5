import { describe, expect, it } from 'vitest';
import { hasTable, joined, partsOf, setKey } from './edits.ts';
import { readToml } from './toml.ts';

const FILE = [
  '# why', 'label = { zh = "甲", en = "A" }', 'rights = [', '  "a", # [[not a table]]', ']', '',
  '# the first', '[[grants]]', 'object = "x"', '[grants.fields]', 'name = "read"', '', '[[grants]]', 'object = "y"', '',
].join('\n');

describe('a file taken apart', () => {
  it('keeps comments with the table below them and loses nothing', () => {
    const parts = partsOf(FILE, 'grants');
    expect(parts.blocks).toHaveLength(2);
    expect(parts.blocks[0]).toContain('# the first');
    expect(parts.blocks[0]).toContain('name = "read"');
    expect(parts.head).toContain('# why');
    expect(readToml(joined(parts))).toEqual(readToml(FILE));
    expect(joined(partsOf(joined(parts), 'grants'))).toBe(joined(parts));
  });

  it('has what follows the last table', () => {
    const parts = partsOf('[[a]]\nx = 1\n[a.b]\ny = 2\n\n# of c\n[c]\nz = 3\n', 'a');
    expect(parts).toEqual({ head: '', blocks: ['[[a]]\nx = 1\n[a.b]\ny = 2'], tail: '# of c\n[c]\nz = 3' });
  });

  it('without such tables is all head', () => {
    expect(partsOf('a = 1\n', 'x')).toEqual({ head: 'a = 1\n', blocks: [], tail: '' });
  });
});

describe('a key', () => {
  it('gets another value in its place, over several lines too', () => {
    expect(setKey(FILE, '', 'rights', '["b"]')).toContain('label = { zh = "甲", en = "A" }\nrights = ["b"]\n\n# the first');
    expect(setKey('[fields.a]\ntype = "text" # note\n[fields.b]\ntype = "date"\n', 'fields.b', 'type', '"x"')).toBe('[fields.a]\ntype = "text" # note\n[fields.b]\ntype = "x"\n');
  });

  it('is added after the keys of its table, or with its table', () => {
    expect(setKey('[a]\nx = 1\n\n[b]\ny = 2\n', 'a', 'z', '3')).toBe('[a]\nx = 1\nz = 3\n\n[b]\ny = 2\n');
    expect(setKey('a = 1\n', 'base.owner', 'label', '"x"')).toBe('a = 1\n\n[base.owner]\nlabel = "x"\n');
    expect(setKey('# c\n[a]\nx = 1\n', '', 'k', '1')).toBe('# c\nk = 1\n[a]\nx = 1\n');
  });

  it('goes', () => {
    expect(setKey('[a]\nx = 1\ny = 2\n', 'a', 'x', null)).toBe('[a]\ny = 2\n');
    expect(setKey('a = 1\n', 'none', 'x', null)).toBe('a = 1\n');
  });

  it('stands in a table or not', () => {
    expect(hasTable(FILE, 'grants.fields')).toBe(true);
    expect(hasTable(FILE, 'fields')).toBe(false);
  });
});
