import { describe, expect, it } from 'vitest';
import { readOptions, shifted, writeOptions } from './optionSet.ts';

const FILE = [
  'label = { zh = "层级", en = "Level" }', '', '# the top', '[[items]]', 'code = "head"', 'label = { zh = "总行", en = "Head office" }', 'aliases = ["总部"]', 'color = "red"', '',
  '[[items]]', 'code = "branch"', 'label = { zh = "分行", en = "Branch" }', 'retired = true', '',
].join('\n');
const read = readOptions('core/options/level.toml', FILE);

describe('an option set', () => {
  it('is read with its items', () => {
    expect(read).toMatchObject({ name: 'level', derived: false, label: { zh: '层级', en: 'Level' } });
    expect(read.items.map((item) => [item.code, item.label.zh, item.color, item.retired])).toEqual([['head', '总行', 'red', false], ['branch', '分行', '', true]]);
    expect(readOptions('a/options/b.toml', 'label = { zh = "甲", en = "A" }\nsource = "roles"\n').derived).toBe(true);
  });

  it('unchanged is written as it was', () => {
    expect(writeOptions(FILE, read.items, read.label)).toBe(FILE);
  });

  it('keeps what is not edited, comments and other keys too', () => {
    const [head, branch] = read.items;
    if (!head || !branch) throw new Error('items');
    const text = writeOptions(FILE, [{ ...branch, retired: false }, { ...head, label: { zh: '总部"', en: 'HQ' }, color: '' }], { zh: '级别', en: 'Level' });
    expect(text.indexOf('branch')).toBeLessThan(text.indexOf('head'));
    expect(text).toContain('# the top\n[[items]]\ncode = "head"\nlabel = { zh = "总部\\"", en = "HQ" }\naliases = ["总部"]');
    expect(text).not.toContain('retired');
    expect(text).not.toContain('color');
    expect(readOptions('x/options/y.toml', text).label).toEqual({ zh: '级别', en: 'Level' });
  });

  it('takes a new item', () => {
    const text = writeOptions(FILE, [...read.items, { code: 'team', label: { zh: '团队', en: 'Team' }, color: 'blue', retired: false, parent: '', block: '' }], read.label);
    expect(text.endsWith('[[items]]\ncode = "team"\nlabel = { zh = "团队", en = "Team" }\ncolor = "blue"\n')).toBe(true);
  });

  it('moves an item by one place, and not over the end', () => {
    expect(shifted(['a', 'b', 'c'], 1, -1)).toEqual(['b', 'a', 'c']);
    expect(shifted(['a', 'b'], 1, 1)).toEqual(['a', 'b']);
  });
});
