import { describe, expect, it } from 'vitest';
import { isStep, stepFrom } from './steps.ts';

const places = new Map([['a', { x: 0, y: 0 }], ['b', { x: 100, y: 10 }], ['c', { x: 60, y: 70 }], ['d', { x: 0, y: -50 }], ['e', { x: 300, y: 0 }]]);

describe('a step through a drawing', () => {
  it('goes to the nearest record that way', () => {
    expect(stepFrom(places, 'a', 'ArrowRight')).toBe('b');
    expect(stepFrom(places, 'b', 'ArrowRight')).toBe('e');
    expect(stepFrom(places, 'a', 'ArrowDown')).toBe('c');
    expect(stepFrom(places, 'a', 'ArrowUp')).toBe('d');
    expect(stepFrom(places, 'e', 'ArrowLeft')).toBe('b');
  });

  it('stays where nothing lies that way, and knows its keys', () => {
    expect(stepFrom(places, 'a', 'ArrowLeft')).toBeUndefined();
    expect(stepFrom(places, 'x', 'ArrowUp')).toBeUndefined();
    expect([isStep('ArrowUp'), isStep('Enter')]).toEqual([true, false]);
  });
});
