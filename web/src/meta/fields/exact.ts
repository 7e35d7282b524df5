// Differences and portions of exact decimals that are texts. Whole numbers of the smallest unit are
// computed with, never doubles.
import { parts, shifted } from './amount.ts';

interface Units { units: bigint; scale: number }

function unitsOf(text: string): Units | null {
  const number = parts(text);
  if (!number) return null;
  const units = BigInt(number.whole + number.fraction);
  return { units: number.negative ? -units : units, scale: number.fraction.length };
}

function textOf(units: bigint, scale: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const fraction = scale > 0 ? `.${digits.slice(-scale)}` : '';
  return `${units < 0n ? '-' : ''}${digits.slice(0, digits.length - scale)}${fraction}`;
}

function aligned(a: Units, b: Units): [bigint, bigint, number] {
  const scale = Math.max(a.scale, b.scale);
  const raised = (one: Units) => one.units * 10n ** BigInt(scale - one.scale);
  return [raised(a), raised(b), scale];
}

/** `a - b`; null when one of them is no number. */
export function difference(a: string, b: string): string | null {
  const [one, other] = [unitsOf(a), unitsOf(b)];
  if (!one || !other) return null;
  const [x, y, scale] = aligned(one, other);
  return textOf(x - y, scale);
}

export function total(amounts: readonly string[]): string | null {
  return amounts.reduce<string | null>((sum, amount) => (sum === null ? null : difference(sum, difference('0', amount) ?? '')), '0');
}

/** Which part of `whole` something is, in percent to one digit; null where that says nothing. */
export function portion(part: string, whole: string): string | null {
  const [one, other] = [unitsOf(part), unitsOf(whole)];
  if (!one || !other || other.units <= 0n) return null;
  const [x, y] = aligned(one, other);
  // Thousandths of a percent, cut off; the last two digits decide the rounding.
  return shifted(String((x * 100_000n) / y), -3, 1);
}

export type Sign = 'up' | 'down' | 'same';

export function signOf(text: string): Sign {
  const units = unitsOf(text)?.units ?? 0n;
  return units > 0n ? 'up' : units < 0n ? 'down' : 'same';
}
