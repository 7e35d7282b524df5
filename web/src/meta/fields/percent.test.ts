import { expect, it } from 'vitest';
import { percentText, toFraction, toHundred } from './percent.ts';

it('moves the point of a percentage and changes no digit', () => {
  const rows: [string, string][] = [['0.0005', '0.05'], ['0.62', '62'], ['1', '100'], ['0', '0'], ['-0.0285', '-2.85'], ['12.3456', '1234.56']];
  for (const [fraction, hundred] of rows) {
    expect(toHundred(fraction)).toBe(hundred);
    expect(Number(toFraction(hundred))).toBe(Number(fraction));
  }
  expect(toFraction('0.05')).toBe('0.0005');
  expect(percentText('0.0285')).toBe('2.85%');
});
