// Dates and instants of expressions: proleptic Gregorian, years 1 to 9999, Asia/Shanghai.
//
// A date is a count of days and an instant a count of microseconds since 1970, so that comparing
// needs no rules of its own.

export const DAY = 86_400_000_000n;
const SHANGHAI = 8n * 3_600_000_000n;
const FIRST_DAY = daysOf(1, 1, 1);
const LAST_DAY = daysOf(9999, 12, 31);
const FIRST_INSTANT = -377_705_023_201n * 1_000_000n;
const LAST_INSTANT = 253_402_207_200n * 1_000_000n + 999_999n;

export interface Civil { year: number; month: number; day: number }

/** Days since 1970-01-01 of a civil date; years count from March, so that the leap day comes last. */
function daysOf(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const ofEra = y - era * 400;
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468;
}

export function civil(days: number): Civil {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const ofEra = z - era * 146_097;
  const yearOfEra = Math.floor((ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365);
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * ofYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day: ofYear - Math.floor((153 * shifted + 2) / 5) + 1 };
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** The day, if there is such a date. */
export function dayOf(year: number, month: number, day: number): number | null {
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  return daysOf(year, month, day);
}

export function readDate(text: string): number | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  return parts ? dayOf(Number(parts[1]), Number(parts[2]), Number(parts[3])) : null;
}

const padded = (n: number | bigint, width: number) => n.toString().padStart(width, '0');

export function writeDate(days: number): string {
  const { year, month, day } = civil(days);
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
}

/** Reads `2026-03-15T02:30:00.5Z`, or with an offset. */
export function readInstant(text: string): bigint | null {
  const parts = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})$/.exec(text);
  const day = readDate(parts?.[1] ?? '');
  if (!parts || day === null) return null;
  const seconds = Number(parts[2]) * 3600 + Number(parts[3]) * 60 + Number(parts[4] ?? 0);
  const micros = BigInt((parts[5] ?? '').padEnd(6, '0').slice(0, 6));
  const zone = parts[6] === 'Z' ? 0 : Number(`${parts[6]?.[0]}1`) * (Number(parts[6]?.slice(1, 3)) * 60 + Number(parts[6]?.slice(4)));
  return BigInt(day) * DAY + BigInt(seconds - zone * 60) * 1_000_000n + micros;
}

/** In UTC, without zeros at the end of a second's fraction. */
export function writeInstant(at: bigint): string {
  const day = floorDivide(at, DAY);
  const rest = at - day * DAY;
  const [seconds, micros] = [rest / 1_000_000n, rest % 1_000_000n];
  const fraction = micros === 0n ? '' : `.${padded(micros, 6).replace(/0+$/, '')}`;
  const time = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n].map((part) => padded(part, 2)).join(':');
  return `${writeDate(Number(day))}T${time}${fraction}Z`;
}

function floorDivide(a: bigint, b: bigint): bigint {
  return a / b - (a % b < 0n ? 1n : 0n);
}

export function addDays(days: number, count: bigint): number | null {
  const sum = BigInt(days) + count;
  return sum >= BigInt(FIRST_DAY) && sum <= BigInt(LAST_DAY) ? Number(sum) : null;
}

/** Some months later, at most at the end of that month. */
export function addMonths(days: number, count: bigint): number | null {
  const { year, month, day } = civil(days);
  const total = BigInt(year * 12 + month - 1) + count;
  if (total < 12n || total >= 120_000n) return null;
  const [y, m] = [Math.floor(Number(total) / 12), (Number(total) % 12) + 1];
  return daysOf(y, m, Math.min(day, daysInMonth(y, m)));
}

/** Whole months from one date to another; negative when `to` is earlier. */
export function monthsBetween(from: number, to: number): number {
  if (to < from) return -monthsBetween(to, from);
  const [a, b] = [civil(from), civil(to)];
  return (b.year - a.year) * 12 + b.month - a.month - (b.day < a.day ? 1 : 0);
}

export function startOfMonth(days: number): number {
  return days - civil(days).day + 1;
}

export function endOfMonth(days: number): number {
  const { year, month } = civil(days);
  return daysOf(year, month, daysInMonth(year, month));
}

/** The civil date of an instant in Asia/Shanghai. */
export function dateOf(at: bigint): number | null {
  const day = floorDivide(at + SHANGHAI, DAY);
  return day >= BigInt(FIRST_DAY) && day <= BigInt(LAST_DAY) ? Number(day) : null;
}

export function addMicros(at: bigint, micros: bigint): bigint | null {
  const sum = at + micros;
  return sum >= FIRST_INSTANT && sum <= LAST_INSTANT ? sum : null;
}
