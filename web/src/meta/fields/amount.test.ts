import { describe, expect, it } from 'vitest';
import { amountText, grouped, shifted, short } from './amount.ts';

describe('amounts as texts', () => {
  it('keeps every digit of an amount beyond what a double holds', () => {
    expect(grouped('12345678901234567890.12')).toBe('12,345,678,901,234,567,890.12');
    expect(grouped('-1234.50')).toBe('-1,234.50');
    expect(grouped('999')).toBe('999');
  });

  it('shifts and rounds half up on the text', () => {
    expect(shifted('1560589.23', -4, 2)).toBe('156.06');
    expect(shifted('99995', -4, 2)).toBe('10.00');
    expect(shifted('123', -8, 2)).toBe('0.00');
    expect(shifted('-50', -4, 2)).toBe('-0.01');
    expect(shifted('-1', -4, 2)).toBe('0.00');
  });

  it('reads in 万 and 亿 by size', () => {
    expect(short('81000.00')).toEqual({ text: '81,000.00', scale: 'plain' });
    expect(short('1560589.23')).toEqual({ text: '156.06', scale: 'wan' });
    expect(short('123456789.00')).toEqual({ text: '1.23', scale: 'yi' });
    expect(short('-1560589.23')).toEqual({ text: '-156.06', scale: 'wan' });
  });

  it('reads in thousands and millions in English', () => {
    expect(short('81000.00', 'en')).toEqual({ text: '81,000.00', scale: 'plain' });
    expect(short('156058.23', 'en')).toEqual({ text: '156.06', scale: 'thousand' });
    expect(short('1560589.23', 'en')).toEqual({ text: '1.56', scale: 'million' });
    expect(short('1234567890.00', 'en')).toEqual({ text: '1.23', scale: 'billion' });
  });

  it('reads in the unit a person chose', () => {
    expect(amountText('1560589.23', 'plain')).toEqual({ text: '1,560,589.23', scale: 'plain' });
    expect(amountText('1560589.23', 'wan')).toEqual({ text: '156.06', scale: 'wan' });
    expect(amountText('1560589.23', 'yi')).toEqual({ text: '0.0156', scale: 'yi' });
    expect(amountText('81000.00', 'auto')).toEqual({ text: '81,000.00', scale: 'plain' });
  });
});
