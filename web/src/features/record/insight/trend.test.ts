import { describe, expect, it } from 'vitest';
import type { Point } from '@/shared/api/types.ts';
import { divided, dots, moved, nearest, path, scaleOf, spansWith, spanText, startOf } from './trend.ts';

const point = (month: string, value: string): Point => ({ from: `${month}-01`, to: `${month}-28`, value });

describe('a measure over time', () => {
  it('offers the usual spans and the one of the page, in order', () => {
    expect(spansWith(12)).toEqual([12, 36, 60]);
    expect(spansWith(24)).toEqual([12, 24, 36, 60]);
  });

  it('begins with the month that makes the span whole, over the turn of years', () => {
    expect(startOf('2026-11-26', 12)).toBe('2025-12-01');
    expect(startOf('2026-01-31', 12)).toBe('2025-02-01');
    expect(startOf('2026-03-01', 36)).toBe('2023-04-01');
    expect([divided(12), divided(36), divided(60)]).toEqual(['month', 'quarter', 'quarter']);
  });

  it('stands between round lines that enclose every point', () => {
    const scale = scaleOf(['28521367.53', '36925238.33'], 'balance');
    expect(scale.low).toBeLessThanOrEqual(28521367.53);
    expect(scale.low).toBeGreaterThan(0);
    expect(scale.high).toBeGreaterThanOrEqual(36925238.33);
    expect(scale.lines.length).toBeLessThanOrEqual(7);
    expect(scaleOf(['10', '100'], 'balance').low).toBe(0);
    const flow = scaleOf(['-50', '80'], 'flow');
    expect(flow.low).toBeLessThanOrEqual(-50);
    expect(flow.lines).toContain(0);
    expect(scaleOf(['0', '0'], 'balance')).toEqual({ low: 0, high: 0.25, lines: [0, 0.25] });
    expect(scaleOf([], 'flow').high).toBeGreaterThan(0);
  });

  it('is drawn from left to right and from low to high, and found again by the pointer', () => {
    const box = { width: 120, height: 60, left: 10, right: 10, top: 5, bottom: 5 };
    const places = dots(['0', '50', '100'], { low: 0, high: 100, lines: [] }, box);
    expect(places).toEqual([{ x: 10, y: 55 }, { x: 60, y: 30 }, { x: 110, y: 5 }]);
    expect([nearest(places, 0), nearest(places, 58), nearest(places, 999)]).toEqual([0, 1, 2]);
    expect(path(places)).toBe('M10.0 55.0L60.0 30.0L110.0 5.0');
    expect(dots(['1'], { low: 0, high: 1, lines: [] }, box)[0]?.x).toBe(60);
  });

  it('tells how far it has moved, exactly, and no percentage of nothing', () => {
    const points = [point('2026-01', '0.00'), point('2026-02', '200.00'), point('2026-03', '150.00')];
    expect(moved(points, 1)).toEqual({ by: '-50.00', percent: '-25.0', sign: 'down' });
    expect(moved(points, 2)).toEqual({ by: '150.00', percent: null, sign: 'up' });
    expect(moved(points, 3)).toBeNull();
    expect(moved([], 1)).toBeNull();
  });

  it('names months, and quarters by their last month', () => {
    expect(spanText(point('2026-03', '1'))).toBe('2026-03');
    expect(spanText({ from: '2026-04-01', to: '2026-06-30', value: '1' })).toBe('2026 Q2');
  });
});
