// Percentages are kept as fractions of one, as texts: `0.0285` reads `2.85%`. Only the point moves.
import { parts } from './amount.ts';

function moved(text: string, places: number): string {
  const number = parts(text);
  if (!number) return text;
  const all = number.whole + number.fraction;
  const point = number.whole.length + places;
  const padded = point <= 0 ? '0'.repeat(1 - point) + all : all.padEnd(point, '0');
  const at = point <= 0 ? 1 : point;
  const whole = padded.slice(0, at).replace(/^0+(?=\d)/, '');
  const fraction = padded.slice(at).replace(/0+$/, '');
  return `${number.negative ? '-' : ''}${whole}${fraction ? `.${fraction}` : ''}`;
}

/** `0.0285` as `2.85`. */
export const toHundred = (fraction: string): string => moved(fraction, 2);

/** `2.85` as `0.0285`. */
export const toFraction = (hundred: string): string => moved(hundred, -2);

export function percentText(fraction: string): string {
  return parts(fraction) ? `${toHundred(fraction)}%` : fraction;
}
