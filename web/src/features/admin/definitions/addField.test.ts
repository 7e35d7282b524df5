import { describe, expect, it } from 'vitest';
import { addField, fieldText, NAME, nameOf, type NewField, optionsText, placeOf } from './addField.ts';
import { quoted } from './edits.ts';
import { readToml } from './toml.ts';

const field = (change: Partial<NewField>): NewField => ({
  pack: 'own', object: 'thing', name: 'shade', zh: '色号', en: 'Shade', type: 'text', required: false, unique: false, history: false, level: 2, ...change,
});

describe('an added field', () => {
  it('is written as a table of the object file', () => {
    expect(fieldText(field({ max: 30, required: true, level: 3 }))).toBe(
      '[fields.shade]\ntype = "text"\nmax = 30\nlabel = { zh = "色号", en = "Shade" }\nrequired = true\nlevel = 3\nmask = "all"\n',
    );
  });

  it('cannot break out of its text', () => {
    const text = fieldText(field({ zh: '坏" }\n[fields.x]\ntype = "', en: 'back\\slash' }));
    expect(readToml(text)).toEqual({ fields: { shade: { type: 'text', max: 100, label: { zh: '坏" } [fields.x] type = "', en: 'back\\slash' } } } });
    expect(quoted('a"b\\c\nd')).toBe('"a\\"b\\\\c d"');
  });

  it('makes the own pack and the extension when there is none', () => {
    const files = addField(field({}), () => undefined, ['base', 'own']);
    expect(files.map((file) => file.path)).toEqual(['own/pack.toml', 'own/objects/thing_own.toml']);
    expect(readToml(files[0]?.text ?? '').requires).toEqual(['base']);
    expect(readToml(files[1]?.text ?? '').extends).toBe('thing');
  });

  it('joins the file that is there, after what it holds', () => {
    const there: Record<string, string> = { 'own/pack.toml': 'x', 'own/objects/thing_own.toml': 'extends = "thing"\n\n[fields.a]\ntype = "date"\n' };
    const files = addField(field({ type: 'date' }), (path) => there[path], ['own']);
    expect(files).toHaveLength(1);
    expect(Object.keys(readToml(files[0]?.text ?? '').fields as object)).toEqual(['a', 'shade']);
  });

  it('is shown where it is put, and the layout keeps the rest', () => {
    const layout = 'object = "thing"\n\n[[sections]]\nlabel = { zh = "一", en = "One" }\nfields = ["a"]\n\n# stays\n[[sections]]\nlabel = { zh = "二", en = "Two" }\nfields = ["b"]\n';
    const there: Record<string, string> = { 'own/pack.toml': 'x', 'core/layouts/thing.toml': layout };
    const files = addField(field({ place: placeOf('core/layouts/thing.toml', 1) }), (path) => there[path], ['own']);
    expect(files.map((file) => file.path)).toEqual(['core/layouts/thing.toml', 'own/objects/thing_own.toml']);
    expect(files[0]?.text).toBe(layout.replace('fields = ["b"]', 'fields = ["b", "shade"]'));
  });

  it('has an identifier made from its English name', () => {
    expect(['Annual income (CNY)', '  2nd Contact__day ', '客户', 'x'.repeat(60)].map(nameOf)).toEqual(['annual_income_cny', 'nd_contact_day', '', 'x'.repeat(48)]);
  });

  it('brings its own option set when it chooses from new options', () => {
    const made = field({ type: 'select', items: 'dark 深 Dark\nlight 浅\n\n' });
    expect(addField(made, () => undefined, []).map((file) => file.path)).toContain('own/options/thing_shade.toml');
    expect(readToml(optionsText(made)).items).toEqual([
      { code: 'dark', label: { zh: '深', en: 'Dark' } }, { code: 'light', label: { zh: '浅', en: '浅' } },
    ]);
    expect(addField(field({ type: 'select', options: 'there' }), () => undefined, []).some((file) => file.path.includes('/options/'))).toBe(false);
  });

  it('has a name of the right shape', () => {
    expect(['a', 'shoe_size', 'a1'].every((name) => NAME.test(name))).toBe(true);
    expect(['A', '1a', 'a__b', '中', ''].some((name) => NAME.test(name))).toBe(false);
  });
});
