// Parameters and their dated values; adding a value to a parameter's file.
import { joined, partsOf, quoted } from '../definitions/edits.ts';
import { readToml } from '../definitions/toml.ts';

export type Value = string | boolean | string[];
export interface Dated { from: string; value: Value }
export interface Parameter { name: string; label: string; note: string; type: string | null; value: Value | null; values: Dated[] }

/** Parameters that the platform itself goes by at sign-in and on the screen. */
export const SECURITY = [
  'password_length_min', 'password_classes_min', 'password_history', 'password_days_max', 'password_first_login_change', 'login_failures_max', 'lockout_minutes',
  'second_factor_roles', 'session_idle_minutes', 'session_hours_max', 'reveal_reasons', 'reveal_seconds', 'reveal_alert_per_hour', 'screen_watermark',
] as const;

/** Values that are not in force yet on `today`. */
export const coming = (parameter: Parameter, today: string) => parameter.values.filter((dated) => dated.from > today);

/** The values before today's, newest first. */
export function past(parameter: Parameter, today: string): Dated[] {
  return parameter.values.filter((dated) => dated.from <= today).slice(0, -1).sort((a, b) => b.from.localeCompare(a.from));
}

export function text(value: Value | null, yes: string, no: string, between = '、'): string {
  if (value === null) return '—';
  if (typeof value === 'boolean') return value ? yes : no;
  return Array.isArray(value) ? value.join(between) : apart(value);
}

/** A number with its thousands apart; any other text as it is. */
export const apart = (value: string) => (/^-?\d{5,}(\.\d+)?$/.test(value) ? value.replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ',') : value);

/** What a note refers to; notes are written in English, so another tongue reads the reference alone. */
export function basis(note: string, english: boolean, byDefault: string): string {
  if (english) return note;
  return /^[A-Z]+(-[A-Z]+)*-\d+(\s*,\s*[A-Z]+(-[A-Z]+)*-\d+)*/.exec(note)?.[0] ?? (note.startsWith('Product default') ? byDefault : '');
}

/** Why a typed text is no value of a type: the name of a message, or nothing. */
export function wrong(type: string | null, typed: string): 'required' | 'number' | 'date' | undefined {
  if (!typed.trim()) return 'required';
  if (type === 'number' && !/^-?\d{1,15}(\.\d{1,8})?$/.test(typed.trim())) return 'number';
  if (type === 'date' && !/^\d{4}-\d{2}-\d{2}$/.test(typed.trim())) return 'date';
  return undefined;
}

/** A parameter's file with one more value, in the order of days; the same day's value is replaced. */
export function plusValue(file: string, type: string | null, from: string, typed: string): string {
  const parts = partsOf(file, 'values');
  const lines = typed.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  const written = type === 'texts' ? `[${lines.map(quoted).join(', ')}]` : quoted(typed.trim());
  const dated = parts.blocks.map((block) => ({ day: dayOf(block), block })).filter((one) => one.day !== from);
  const all = [...dated, { day: from, block: `[[values]]\nfrom = ${quoted(from)}\nvalue = ${written}` }];
  all.sort((a, b) => a.day.localeCompare(b.day));
  return joined({ ...parts, blocks: all.map((one) => one.block) });
}

/** A parameter's file without the value of a day. */
export function minusValue(file: string, from: string): string {
  const parts = partsOf(file, 'values');
  return joined({ ...parts, blocks: parts.blocks.filter((block) => dayOf(block) !== from) });
}

function dayOf(block: string): string {
  const values = readToml(block).values;
  const [first] = Array.isArray(values) ? values : [];
  return typeof first === 'object' && !Array.isArray(first) ? String(first.from ?? '') : '';
}
