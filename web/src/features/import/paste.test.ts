import { describe, expect, it } from 'vitest';
import { cellsOf, csvOf, looksLikeRows, namesColumns, pastedOf } from './paste.ts';

const unnamed = (at: number) => `第 ${at} 列`;

describe('rows copied from a spreadsheet', () => {
  it('keep what stands in quotes, and lose empty lines', () => {
    expect(cellsOf('姓名\t备注\r\n李雷\t"一\n二\t""三"""\r\n\r\n')).toEqual([['姓名', '备注'], ['李雷', '一\n二\t"三"']]);
    expect(cellsOf('5" 管\t1')).toEqual([['5" 管', '1']]);
    expect(cellsOf(' \n\t\n')).toEqual([]);
  });

  it('are told from a word or a paragraph', () => {
    expect(looksLikeRows('李雷\t139')).toBe(true);
    expect(looksLikeRows('李雷')).toBe(false);
    expect(looksLikeRows('一段话\n又一段')).toBe(false);
  });

  it('bring their column names, or take those of the list', () => {
    const cells = cellsOf('姓名\t手机号\t甲\n李雷\t139');
    expect(namesColumns(cells[0] ?? [], ['手机号', '姓名'])).toBe(true);
    expect(namesColumns(cells[1] ?? [], ['手机号', '姓名'])).toBe(false);
    expect(pastedOf(cells, true, [], unnamed)).toEqual({ header: ['姓名', '手机号', '甲'], rows: [['李雷', '139', '']] });
    expect(pastedOf([['李雷', '139']], false, ['姓名'], unnamed)).toEqual({ header: ['姓名', '第 2 列'], rows: [['李雷', '139']] });
  });

  it('become a file that reads the same', () => {
    expect(csvOf({ header: ['a', 'b'], rows: [['1,2', 'say "x"'], ['两\n行', '']] })).toBe('a,b\r\n"1,2","say ""x"""\r\n"两\n行",');
  });
});
