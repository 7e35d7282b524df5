import { describe, expect, it } from 'vitest';
import { difference, portion, signOf, total } from './exact.ts';

describe('exact decimals', () => {
  it('are subtracted without losing a digit, whatever their scales', () => {
    expect(difference('36925238.33', '28506589.82')).toBe('8418648.51');
    expect(difference('1', '1.005')).toBe('-0.005');
    expect(difference('12345678901234567890.12', '0.12')).toBe('12345678901234567890.00');
    expect(difference('a', '1')).toBeNull();
  });

  it('add up to a total, and to nothing when one of them is no number', () => {
    expect(total(['0.10', '0.20', '-0.05'])).toBe('0.25');
    expect(total([])).toBe('0');
    expect(total(['1', 'x'])).toBeNull();
  });

  it('say which part of a whole they are, rounded half up', () => {
    expect(portion('616.01', '1828.88')).toBe('33.7');
    expect(portion('1', '8')).toBe('12.5');
    expect(portion('-8', '1000')).toBe('-0.8');
    expect(portion('2.005', '1000')).toBe('0.2');
    expect(portion('1', '0')).toBeNull();
    expect(portion('1', '-5')).toBeNull();
  });

  it('have a sign', () => {
    expect(['0.00', '-0.01', '3'].map(signOf)).toEqual(['same', 'down', 'up']);
  });
});
