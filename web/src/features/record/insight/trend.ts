// A measure over time as a drawing: where its points stand, which lines are drawn behind them, and
// how far it has moved. Pure. Doubles only place what is drawn; figures stay texts.
import type { MeasureEntry, Point } from '@/shared/api/types.ts';
import { difference, portion, signOf, type Sign } from '@/meta/fields/exact.ts';

const SPANS = [12, 36, 60];

/** Months that can be shown: the usual ones, and those the page came with. */
export const spansWith = (months: number): number[] => [...new Set([...SPANS, months])].toSorted((a, b) => a - b);

/** The first day of the month so many months back, this month counting as one. */
export function startOf(today: string, months: number): string {
  const [year = 0, month = 1] = today.split('-').map(Number);
  const index = year * 12 + month - 1 - (months - 1);
  return `${Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, '0')}-01`;
}

/** How finely a span is divided so that its points are told apart. */
export const divided = (span: number): 'month' | 'quarter' => (span > 24 ? 'quarter' : 'month');

const drawn = (text: string): number => {
  const number = Number(text);
  return Number.isFinite(number) ? number : 0;
};

export interface Scale { low: number; high: number; lines: number[] }

const STEPS = [1, 2, 2.5, 5, 10];
const LINES = 4;

/** Round values that enclose the points; zero is among them unless the points stay far from it. */
export function scaleOf(values: readonly string[], kind: MeasureEntry['kind']): Scale {
  const numbers = values.map(drawn);
  const [least, most] = [Math.min(0, ...numbers), Math.max(0, ...numbers)];
  const smallest = numbers.length > 0 ? Math.min(...numbers) : 0;
  const low = kind === 'balance' && smallest > most * 0.6 ? smallest - (most - smallest) * 0.5 : least;
  const span = most - low || Math.abs(most) || 1;
  const rough = span / LINES;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = (STEPS.find((one) => one * power >= rough) ?? 10) * power;
  const first = Math.floor(low / step);
  const last = Math.max(Math.ceil(most / step), first + 1);
  const lines = Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
  return { low: first * step, high: last * step, lines };
}

export interface Box { width: number; height: number; left: number; right: number; top: number; bottom: number }
export interface Dot { x: number; y: number }

export function dots(values: readonly string[], scale: Scale, box: Box): Dot[] {
  const across = box.width - box.left - box.right;
  const up = box.height - box.top - box.bottom;
  const step = values.length > 1 ? across / (values.length - 1) : 0;
  return values.map((value, index) => ({
    x: box.left + (values.length > 1 ? index * step : across / 2),
    y: box.top + up * (1 - (drawn(value) - scale.low) / (scale.high - scale.low)),
  }));
}

/** Which point is nearest to a place on the drawing. */
export function nearest(places: readonly Dot[], x: number): number {
  let best = 0;
  places.forEach((place, index) => {
    if (Math.abs(place.x - x) < Math.abs((places[best]?.x ?? 0) - x)) best = index;
  });
  return best;
}

export const path = (places: readonly Dot[]): string => places.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');

export interface Move { by: string; percent: string | null; sign: Sign }

/** How far the last point is from the one so many before it. */
export function moved(points: readonly Point[], back: number): Move | null {
  const last = points.at(-1);
  const before = points.at(-1 - back);
  if (!last || !before || last === before) return null;
  const by = difference(last.value, before.value);
  if (by === null) return null;
  return { by, percent: portion(by, before.value), sign: signOf(by) };
}

/** A month or quarter as it stands below the drawing. */
export function spanText(point: Point): string {
  return point.from.slice(0, 7) === point.to.slice(0, 7) ? point.to.slice(0, 7) : `${point.to.slice(0, 4)} Q${Math.ceil(Number(point.to.slice(5, 7)) / 3)}`;
}
