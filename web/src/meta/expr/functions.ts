// What the functions of the expression language compute. An empty argument makes the result empty
// unless the function says otherwise.
import * as calendar from './calendar.ts';
import * as exact from './number.ts';
import { bool, date, instant, isEmpty, number, order, text, type Value } from './value.ts';

/** When an expression is evaluated. */
export interface Moment { today: number; now: bigint }

type Of = (values: Value[], at: Moment) => Value;

const numberAt = (values: Value[], at: number): exact.Exact | null => (values[at]?.is === 'number' ? values[at].of : null);
const dateAt = (values: Value[], at: number): number | null => (values[at]?.is === 'date' ? values[at].of : null);
const textAt = (values: Value[], at: number): string | null => (values[at]?.is === 'text' && values[at].of !== '' ? values[at].of : null);

function wholeAt(values: Value[], at: number): bigint | null {
  const given = numberAt(values, at);
  return given === null ? null : exact.whole(given);
}

const counted = (count: number): Value => number(exact.ofWhole(count));

function ofDates(of: (from: number, to: number) => number): Of {
  return (values) => {
    const [from, to] = [dateAt(values, 0), dateAt(values, 1)];
    return from === null || to === null ? null : counted(of(from, to));
  };
}

function ofDate(of: (day: number) => Value): Of {
  return (values) => {
    const day = dateAt(values, 0);
    return day === null ? null : of(day);
  };
}

function moved(of: (day: number, count: bigint) => number | null): Of {
  return (values) => {
    const [day, count] = [dateAt(values, 0), wholeAt(values, 1)];
    return day === null || count === null ? null : date(of(day, count));
  };
}

function ofText(of: (text: string) => Value): Of {
  return (values) => {
    const words = textAt(values, 0);
    return words === null ? null : of(words);
  };
}

function ofTexts(of: (text: string, part: string) => boolean): Of {
  return (values) => {
    const [words, part] = [textAt(values, 0), textAt(values, 1)];
    return words === null || part === null ? null : bool(of(words, part));
  };
}

function cut(of: (characters: string[], count: number) => string[]): Of {
  return (values) => {
    const [words, count] = [textAt(values, 0), wholeAt(values, 1)];
    if (words === null || count === null) return null;
    const characters = [...words];
    const most = count < 0n ? 0 : count > BigInt(characters.length) ? characters.length : Number(count);
    return text(of(characters, most).join(''));
  };
}

function ofNumber(of: (number: exact.Exact) => exact.Exact): Of {
  return (values) => {
    const given = numberAt(values, 0);
    return given === null ? null : number(of(given));
  };
}

/** Of the values that are not empty, the one that no other beats; the first of equals. */
export function extreme(values: Value[], wanted: -1 | 1): Value {
  const better = (a: Value, b: Value) => Math.sign(order(a, b) ?? 0) === wanted;
  return values.filter((value) => !isEmpty(value)).reduce<Value>((best, value) => (best === null || better(value, best) ? value : best), null);
}

/** Of a list, the second argument says what an empty one has. */
const length: Of = (values) => {
  const [of] = values;
  if (!of) return values[1] ?? null;
  if (of.is === 'list') return counted(of.of.length);
  return of.is === 'text' && of.of !== '' ? counted([...of.of].length) : null;
};

/** 18 characters of which the first 17 are digits; read by position alone. */
function idDigits(id: string): string | null {
  const digits = id.slice(0, 17);
  return id.length === 18 && id.charCodeAt(17) < 128 && /^[0-9]{17}$/.test(digits) ? digits : null;
}

const ofId = (of: (digits: string) => Value): Of =>
  ofText((id) => {
    const digits = idDigits(id);
    return digits === null ? null : of(digits);
  });

/** The part of a code that those below it begin with: of six digits, pairs of zeros do not count. */
function significant(code: string): string {
  if (!/^[0-9]{6}$/.test(code)) return code;
  const city = code.endsWith('00') ? code.slice(0, 4) : code;
  return city.length === 4 && city.endsWith('00') ? city.slice(0, 2) : city;
}

const under: Of = (values) => {
  const [code, ancestor, below] = [textAt(values, 0), textAt(values, 1), values[2]];
  if (code === null || ancestor === null) return null;
  if (below?.is === 'list') return bool(below.of.some((item) => item?.is === 'text' && item.of === code));
  return bool(code.startsWith(significant(ancestor)));
};

const capitals = (words: string) => words.replace(/[a-z]/g, (letter) => letter.toUpperCase());
const smalls = (words: string) => words.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

const TABLE: Record<string, Of> = {
  today: (_, at) => date(at.today),
  now: (_, at) => instant(at.now),
  years_between: ofDates((from, to) => Math.trunc(calendar.monthsBetween(from, to) / 12)),
  months_between: ofDates(calendar.monthsBetween),
  days_between: ofDates((from, to) => to - from),
  add_months: moved(calendar.addMonths),
  add_years: moved((day, count) => calendar.addMonths(day, count * 12n)),
  add_days: moved(calendar.addDays),
  year: ofDate((day) => counted(calendar.civil(day).year)),
  month: ofDate((day) => counted(calendar.civil(day).month)),
  day: ofDate((day) => counted(calendar.civil(day).day)),
  start_of_month: ofDate((day) => date(calendar.startOfMonth(day))),
  end_of_month: ofDate((day) => date(calendar.endOfMonth(day))),
  date_of: ([at]) => (at?.is === 'instant' ? date(calendar.dateOf(at.of)) : null),
  length,
  lower: ofText((words) => text(smalls(words))),
  upper: ofText((words) => text(capitals(words))),
  trim: ofText((words) => text(words.replace(/^[ \u3000]+|[ \u3000]+$/g, ''))),
  contains: ofTexts((words, part) => words.includes(part)),
  starts_with: ofTexts((words, part) => words.startsWith(part)),
  ends_with: ofTexts((words, part) => words.endsWith(part)),
  left: cut((characters, count) => characters.slice(0, count)),
  right: cut((characters, count) => characters.slice(characters.length - count)),
  concat: (values) => text(values.map((_, at) => textAt(values, at) ?? '').join('')),
  abs: ofNumber(exact.absolute),
  round: (values) => {
    const [given, digits] = [numberAt(values, 0), wholeAt(values, 1)];
    return given === null || digits === null ? null : number(exact.round(given, digits));
  },
  floor: ofNumber(exact.floor),
  ceiling: ofNumber(exact.ceiling),
  least: (values) => extreme(values, -1),
  greatest: (values) => extreme(values, 1),
  coalesce: (values) => values.find((value) => !isEmpty(value)) ?? null,
  id_birth_date: ofId((digits) => date(calendar.dayOf(Number(digits.slice(6, 10)), Number(digits.slice(10, 12)), Number(digits.slice(12, 14))))),
  id_sex: ofId((digits) => text(Number(digits.slice(16)) % 2 === 1 ? 'male' : 'female')),
  id_region: ofId((digits) => text(digits.slice(0, 6))),
  object_of: ([link]) => (link?.is === 'id' ? text(link.object ?? null) : null),
  under,
};

/** Undefined when there is no such function: the server is newer than this page. */
export function functionNamed(name: string): Of | undefined {
  return TABLE[name];
}
