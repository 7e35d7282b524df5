import { describe, expect, it } from 'vitest';
import { readToml } from './toml.ts';

describe('a definition file', () => {
  it('is read with its tables, lists and inline tables', () => {
    const text = [
      '# about this file', 'label = { zh = "客户", en = "Customer" }  # shown', 'menu = 10', 'rights = ["a", # one', '  "b",', ']',
      '[fields.name]', 'type = "text"', 'required = true', '', '[[grants]]', 'object = "x"', '[grants.fields]', 'name = "read"', '[[grants]]', 'object = "y = \\"z\\""',
    ].join('\n');
    expect(readToml(text)).toEqual({
      label: { zh: '客户', en: 'Customer' }, menu: 10, rights: ['a', 'b'],
      fields: { name: { type: 'text', required: true } },
      grants: [{ object: 'x', fields: { name: 'read' } }, { object: 'y = "z"' }],
    });
  });

  it('is read as far as it can be: half a line breaks nothing', () => {
    expect(readToml('label = {\n[fields.a]\ntype = "t')).toBeTypeOf('object');
    expect(readToml('=\n[\nx')).toEqual({});
  });
});
