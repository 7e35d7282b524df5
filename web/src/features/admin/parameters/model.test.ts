import { describe, expect, it } from 'vitest';
import { readToml } from '../definitions/toml.ts';
import { apart, basis, coming, minusValue, type Parameter, past, plusValue, text, wrong } from './model.ts';

const FILE = 'label = { zh = "年数", en = "Years" }\nnote = "law"\ntype = "number"\n\n[[values]]\nfrom = "2000-01-01"\nvalue = "5"\n\n# raised\n[[values]]\nfrom = "2025-01-01"\nvalue = "10"\n';
const parameter: Parameter = {
  name: 'years', label: '年数', note: '', type: 'number', value: '10',
  values: [{ from: '2000-01-01', value: '5' }, { from: '2025-01-01', value: '10' }, { from: '2027-01-01', value: '15' }],
};

describe('a parameter', () => {
  it('has values of the past and of the future', () => {
    expect(coming(parameter, '2026-03-01')).toEqual([{ from: '2027-01-01', value: '15' }]);
    expect(past(parameter, '2026-03-01')).toEqual([{ from: '2000-01-01', value: '5' }]);
  });

  it('gets a value at its place in time, comments kept', () => {
    const more = plusValue(FILE, 'number', '2010-06-01', ' 7 ');
    expect((readToml(more).values as { from: string; value: string }[]).map((one) => [one.from, one.value])).toEqual([['2000-01-01', '5'], ['2010-06-01', '7'], ['2025-01-01', '10']]);
    expect(more).toContain('# raised');
    const again = plusValue(more, 'number', '2010-06-01', '8');
    expect((readToml(again).values as { value: string }[]).map((one) => one.value)).toEqual(['5', '8', '10']);
    expect(readToml(minusValue(again, '2010-06-01'))).toEqual(readToml(FILE));
  });

  it('of several texts has one a line', () => {
    const more = plusValue(FILE, 'texts', '2030-01-01', 'a\n\n b "c" ');
    expect((readToml(more).values as { value: unknown }[]).at(-1)?.value).toEqual(['a', 'b "c"']);
  });

  it('is read by people', () => {
    expect([text(true, '是', '否'), text(['a', 'b'], '是', '否'), text(null, '是', '否'), text('3', '', '')]).toEqual(['是', 'a、b', '—', '3']);
  });

  it('tells what is wrong with a typed value', () => {
    expect([wrong('number', '1.5'), wrong('number', 'x'), wrong('date', '2026-1-1'), wrong('text', ' ')]).toEqual([undefined, 'number', 'date', 'required']);
  });

  it('has its thousands apart and its basis in the reader\'s tongue', () => {
    expect(['2000000', '12345.6789', '1234', '0.5', '2026-01-01', 'x'].map(apart)).toEqual(['2,000,000', '12,345.6789', '1234', '0.5', '2026-01-01', 'x']);
    expect([basis('R-AML-01: Order 3', false, '默认'), basis('R-AML-01: Order 3', true, ''), basis('Product default, in yuan.', false, '默认'), basis('Domain 1.5', false, '默认')]).toEqual(['R-AML-01', 'R-AML-01: Order 3', '默认', '']);
  });
});
