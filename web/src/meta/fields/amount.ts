// Amounts and numbers are texts of exact decimals. They are arranged for reading, never computed
// with: a double would change them.

import { shared } from '@/shared/api/http.ts';
import type { Language } from '@/shared/i18n/stored.ts';

export interface Parts { negative: boolean; whole: string; fraction: string }

export function parts(text: string): Parts | null {
  const match = /^(-)?(\d+)(?:\.(\d+))?$/.exec(text.trim());
  if (!match) return null;
  return { negative: match[1] === '-', whole: match[2] ?? '0', fraction: match[3] ?? '' };
}

/** With thousands separators and the fraction as it came. */
export function grouped(text: string): string {
  const number = parts(text);
  if (!number) return text;
  const whole = number.whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return `${number.negative ? '-' : ''}${whole}${number.fraction ? `.${number.fraction}` : ''}`;
}

/** Shifted by whole powers of ten and rounded half up to `digits`, on the text itself. */
export function shifted(text: string, places: number, digits: number): string {
  const number = parts(text);
  if (!number) return text;
  const all = number.whole + number.fraction;
  const point = number.whole.length + places;
  const padded = point < 0 ? '0'.repeat(-point) + all : all.padEnd(point, '0');
  const at = Math.max(point, 0);
  const kept = padded.slice(0, at + digits).padEnd(at + digits, '0');
  const next = padded.charAt(at + digits);
  let scaled = BigInt(kept === '' ? '0' : kept);
  if (next >= '5' && next <= '9') scaled += 1n;
  const plain = scaled.toString().padStart(digits + 1, '0');
  const whole = digits > 0 ? plain.slice(0, -digits) : plain;
  const fraction = digits > 0 ? `.${plain.slice(-digits)}` : '';
  const zero = scaled === 0n;
  return grouped(`${number.negative && !zero ? '-' : ''}${whole}${fraction}`);
}

/** The units in which people read large amounts: the fewest whole digits of each, its power of ten. */
const UNITS = {
  'zh-CN': [['yi', 9, 8], ['wan', 6, 4]],
  en: [['billion', 10, 9], ['million', 7, 6], ['thousand', 6, 3]],
} as const;

export type Scale = 'plain' | (typeof UNITS)[Language][number][0];

const reading = (): Language => (shared.language === 'en' ? 'en' : 'zh-CN');

/** Short form for heads of pages: 156.06 for 万, 1.56 for M. */
export function short(text: string, reader: Language = reading()): { text: string; scale: Scale } {
  const length = parts(text)?.whole.replace(/^0+/, '').length ?? 0;
  const unit = UNITS[reader].find(([, digits]) => length >= digits);
  return unit ? { text: shifted(text, -unit[2], 2), scale: unit[0] } : { text: grouped(text), scale: 'plain' };
}

export type Unit = Scale | 'auto';

/** An amount in the unit a person chose. */
export function amountText(text: string, unit: Unit): { text: string; scale: Scale } {
  if (unit === 'auto') return short(text);
  if (unit === 'wan') return { text: shifted(text, -4, 2), scale: unit };
  if (unit === 'yi') return { text: shifted(text, -8, 4), scale: unit };
  return { text: grouped(text), scale: 'plain' };
}

/** Without what people type for reading; empty when it is no number. */
export function cleaned(text: string): string {
  return text.replace(/[,，\s]/g, '');
}

/** Without zeros at the end of the fraction, which say nothing. */
export function trimmed(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
