// Values of expressions, their order, and how they are written in JSON.
import { readDate, readInstant, writeDate, writeInstant } from './calendar.ts';
import { type Exact, read, write } from './number.ts';

export type Value =
  | null
  | { is: 'bool'; of: boolean }
  | { is: 'number'; of: Exact }
  | { is: 'text'; of: string }
  | { is: 'date'; of: number }
  | { is: 'instant'; of: bigint }
  | { is: 'id'; of: string; object?: string }
  | { is: 'list'; of: Value[] };

/** Types as the server's trees name them. */
export type TypeName = 'empty' | 'bool' | 'number' | 'text' | 'date' | 'instant' | 'duration' | 'id' | 'ids' | 'texts';

export const bool = (of: boolean | null): Value => (of === null ? null : { is: 'bool', of });
export const number = (of: Exact | null): Value => (of === null ? null : { is: 'number', of });
export const text = (of: string | null): Value => (of === null || of === '' ? null : { is: 'text', of });
export const date = (of: number | null): Value => (of === null ? null : { is: 'date', of });
export const instant = (of: bigint | null): Value => (of === null ? null : { is: 'instant', of });

/** Empty text and a list without items are empty too. */
export function isEmpty(value: Value): boolean {
  return value === null || ((value.is === 'text' || value.is === 'list') && value.of.length === 0);
}

/** By code point, as every back end compares; JavaScript's own order is by UTF-16 unit. */
function compareTexts(a: string, b: string): number {
  const [x, y] = [[...a], [...b]];
  const at = x.findIndex((character, index) => character !== y[index]);
  if (at < 0) return x.length - y.length;
  const other = y[at]?.codePointAt(0);
  return other === undefined ? 1 : (x[at]?.codePointAt(0) ?? 0) - other;
}

const sign = <T extends bigint | number | string>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

/** Below, at or above zero; none if either is empty or they are of two types. */
export function order(a: Value, b: Value): number | null {
  if (a === null || b === null || isEmpty(a) || isEmpty(b)) return null;
  if (a.is === 'bool' && b.is === 'bool') return Number(a.of) - Number(b.of);
  if (a.is === 'number' && b.is === 'number') return sign(a.of, b.of);
  if (a.is === 'date' && b.is === 'date') return sign(a.of, b.of);
  if (a.is === 'instant' && b.is === 'instant') return sign(a.of, b.of);
  if (a.is === 'id' && b.is === 'id') return sign(a.of, b.of);
  return a.is === 'text' && b.is === 'text' ? compareTexts(a.of, b.of) : null;
}

/** JSON of a record, a parameter or a literal as a value; undefined when it is none of this type. */
export function fromJson(json: unknown, type: TypeName): Value | undefined {
  if (json === null || json === undefined || json === '') return null;
  if (type === 'bool') return typeof json === 'boolean' ? { is: 'bool', of: json } : undefined;
  if (type === 'texts' || type === 'ids') return Array.isArray(json) ? listOf(json, type === 'ids' ? 'id' : 'text') : undefined;
  if (type === 'id') return idOf(json);
  const words = amountOf(json);
  if (words === undefined) return undefined;
  if (words === null) return null;
  switch (type) {
    case 'number': case 'duration': return number(read(words)) ?? undefined;
    case 'date': return date(readDate(words)) ?? undefined;
    case 'instant': return instant(readInstant(words)) ?? undefined;
    default: return text(words);
  }
}

/** Of an amount with its currency, the amount. */
function amountOf(json: unknown): string | null | undefined {
  if (typeof json === 'string') return json;
  if (typeof json === 'number') return String(json);
  if (!json || typeof json !== 'object' || !('amount' in json)) return undefined;
  return typeof json.amount === 'string' && json.amount !== '' ? json.amount : null;
}

function listOf(items: unknown[], type: TypeName): Value | undefined {
  const values = items.map((item) => fromJson(item, type));
  if (values.length === 0) return null;
  return values.includes(undefined) ? undefined : { is: 'list', of: values as Value[] };
}

function idOf(json: unknown): Value | undefined {
  if (typeof json === 'string') return { is: 'id', of: json };
  if (!json || typeof json !== 'object' || !('id' in json) || typeof json.id !== 'string') return undefined;
  return { is: 'id', of: json.id, object: 'object' in json && typeof json.object === 'string' ? json.object : undefined };
}

/** As records hold it: numbers, dates and instants as text. */
export function toJson(value: Value): null | boolean | string | unknown[] {
  if (value === null) return null;
  switch (value.is) {
    case 'number': return write(value.of);
    case 'date': return writeDate(value.of);
    case 'instant': return writeInstant(value.of);
    case 'list': return value.of.map(toJson);
    default: return value.of;
  }
}
