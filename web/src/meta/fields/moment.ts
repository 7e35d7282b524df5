// Dates and instants as people read them. Civil dates never pass through a time zone.
import dayjs from 'dayjs';

const CHINA = 8 * 60;

export function dateText(value: string): string {
  return value.slice(0, 10);
}

/** An instant on the clock of the institution. */
export function instantText(value: string, seconds = false): string {
  const at = dayjs(value);
  if (!at.isValid()) return value;
  const local = at.add(CHINA + at.utcOffset() * -1, 'minute');
  return local.format(seconds ? 'YYYY-MM-DD HH:mm:ss' : 'YYYY-MM-DD HH:mm');
}

/** Wall-clock time of the institution, as the instant the server wants. */
export function instantOf(wall: string): string {
  return `${wall.replace(' ', 'T')}${wall.length === 16 ? ':00' : ''}+08:00`;
}

export function today(): string {
  return instantText(new Date().toISOString()).slice(0, 10);
}

/** Whole days from today; negative in the past. */
export function daysFromToday(date: string): number {
  return dayjs(date.slice(0, 10)).diff(dayjs(today()), 'day');
}
