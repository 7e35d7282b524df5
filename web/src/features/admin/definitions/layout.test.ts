import { describe, expect, it } from 'vitest';
import { arranged, newLayout, readLayout, told, writeLayout } from './layout.ts';

const FILE = [
  'object = "thing"', 'label = { zh = "页面", en = "Page" }', 'highlights = ["a"]', '', '[[sections]]', 'label = { zh = "一", en = "One" }', 'fields = ["a", "b", "c"]', '',
  '# what happened', '[[sections]]', 'label = { zh = "二", en = "Two" }', 'fields = ["d"]', '', '[[sections.lists]]', 'from = "part.thing"', 'columns = ["x"]', '',
].join('\n');
const { parts } = readLayout('core/layouts/thing_page.toml', FILE);
const fields = (some: typeof parts) => some.map((part) => part.fields.join(''));

describe('a layout', () => {
  it('is read as sections', () => {
    expect(readLayout('core/layouts/thing_page.toml', FILE)).toMatchObject({ name: 'thing_page', object: 'thing', highlights: ['a'] });
    expect(parts.map((part) => [part.label.zh, part.fields, part.more])).toEqual([['一', ['a', 'b', 'c'], false], ['二', ['d'], true]]);
    expect(writeLayout(FILE, parts)).toBe(FILE);
  });

  it('is arranged field by field', () => {
    expect(fields(arranged(parts, { do: 'move', field: 'b', from: 0, to: 1, at: 0 }))).toEqual(['ac', 'bd']);
    expect(fields(arranged(parts, { do: 'move', field: 'a', from: 0, to: 0, at: 2 }))).toEqual(['bca', 'd']);
    expect(fields(arranged(parts, { do: 'shift', field: 'c', in: 0, by: -1 }))).toEqual(['acb', 'd']);
    expect(fields(arranged(parts, { do: 'drop', field: 'd', from: 1 }))).toEqual(['abc', '']);
    expect(fields(arranged(parts, { do: 'add', field: 'd', to: 1 }))).toEqual(['abc', 'd']);
  });

  it('is arranged section by section', () => {
    expect(fields(arranged(parts, { do: 'shiftSection', key: 1, by: -1 }))).toEqual(['d', 'abc']);
    expect(fields(arranged(parts, { do: 'remove', key: 0 }))).toEqual(['d']);
    const more = arranged(parts, { do: 'section', label: { zh: '三', en: 'Three' } });
    expect(more.map((part) => part.key)).toEqual([0, 1, 2]);
    expect(writeLayout(FILE, more).endsWith('[[sections]]\nlabel = { zh = "三", en = "Three" }\n')).toBe(true);
  });

  it('keeps comments and lists with their section', () => {
    const text = writeLayout(FILE, arranged(arranged(parts, { do: 'shiftSection', key: 1, by: -1 }), { do: 'rename', key: 1, label: { zh: '贰', en: 'II' } }));
    expect(text).toContain('# what happened\n[[sections]]\nlabel = { zh = "贰", en = "II" }\nfields = ["d"]\n\n[[sections.lists]]\nfrom = "part.thing"');
    expect(readLayout('p/layouts/x.toml', text).parts.map((part) => part.label.zh)).toEqual(['贰', '一']);
  });

  it('can be undone and done again', () => {
    let story = told({ past: [], now: [], future: [] }, { do: 'start', parts });
    story = told(story, { do: 'drop', field: 'a', from: 0 });
    story = told(story, { do: 'shift', field: 'nothing', in: 0, by: 1 });
    expect(story.past).toHaveLength(1);
    story = told(story, { do: 'undo' });
    expect(fields(story.now)).toEqual(['abc', 'd']);
    expect(fields(told(story, { do: 'redo' }).now)).toEqual(['bc', 'd']);
    expect(told(told(story, { do: 'undo' }), { do: 'undo' })).toBe(told(story, { do: 'undo' }));
  });

  it('of one\'s own begins with every field', () => {
    const text = newLayout('thing', { zh: '本机构', en: 'Ours' }, { zh: '资料', en: 'Details' }, ['a', 'b']);
    expect(readLayout('own/layouts/thing_own.toml', text)).toMatchObject({ object: 'thing', parts: [{ fields: ['a', 'b'] }] });
  });
});
