// Exact arithmetic of expressions: a number is a whole count of 10^-12.
//
// Every result is rounded half away from zero to twelve digits after the point, and there is none
// from a magnitude of 10^16 on, as on the server. Never a JavaScript number.

const DIGITS = 12;
const UNIT = 10n ** BigInt(DIGITS);
const LIMIT = 10n ** 16n * UNIT;
const INT64 = 2n ** 63n;

/** A count of 10^-12. */
export type Exact = bigint;

const size = (x: Exact): Exact => (x < 0n ? -x : x);

/** `x` if it is within the limits of numbers. */
export function bounded(x: Exact): Exact | null {
  return size(x) < LIMIT ? x : null;
}

/** `n / d` rounded half away from zero. */
function rounded(n: bigint, d: bigint): bigint {
  const [a, b] = [size(n), size(d)];
  const whole = a / b + (2n * (a % b) >= b ? 1n : 0n);
  return n < 0n !== d < 0n ? -whole : whole;
}

function both(a: Exact, b: Exact, of: (a: Exact, b: Exact) => Exact | null): Exact | null {
  if (bounded(a) === null || bounded(b) === null) return null;
  const result = of(a, b);
  return result === null ? null : bounded(result);
}

export const add = (a: Exact, b: Exact) => both(a, b, (a, b) => a + b);
export const subtract = (a: Exact, b: Exact) => both(a, b, (a, b) => a - b);
export const multiply = (a: Exact, b: Exact) => both(a, b, (a, b) => rounded(a * b, UNIT));
export const divide = (a: Exact, b: Exact) => both(a, b, (a, b) => (b === 0n ? null : rounded(a * UNIT, b)));
/** What is left, with the sign of `a`. */
export const remainder = (a: Exact, b: Exact) => both(a, b, (a, b) => (b === 0n ? null : a % b));

/** Rounded to `digits` after the point, taken between -12 and 12. */
export function round(x: Exact, digits: bigint): Exact | null {
  if (bounded(x) === null) return null;
  const places = digits > 12n ? 12n : digits < -12n ? -12n : digits;
  const step = 10n ** (BigInt(DIGITS) - places);
  return bounded(rounded(x, step) * step);
}

export function floor(x: Exact): Exact {
  const rest = x % UNIT;
  return x - rest - (rest < 0n ? UNIT : 0n);
}

export const ceiling = (x: Exact): Exact => -floor(-x);
export const absolute = size;
export const ofWhole = (n: bigint | number): Exact => BigInt(n) * UNIT;

/** The whole number towards zero, if it fits 64 bits. */
export function whole(x: Exact): bigint | null {
  const cut = x / UNIT;
  return cut >= -INT64 && cut < INT64 ? cut : null;
}

/** Reads `-12.5`; none if it is no number of at most twelve digits after the point. */
export function read(text: string): Exact | null {
  const parts = /^([+-]?)(\d{1,19})(?:\.(\d{0,12}))?$/.exec(text);
  if (!parts) return null;
  const count = BigInt(`${parts[2]}${(parts[3] ?? '').padEnd(DIGITS, '0')}`);
  return parts[1] === '-' ? -count : count;
}

/** As text without zeros at the end. */
export function write(x: Exact): string {
  const digits = size(x).toString().padStart(DIGITS + 1, '0');
  const tail = digits.slice(-DIGITS).replace(/0+$/, '');
  return `${x < 0n ? '-' : ''}${digits.slice(0, -DIGITS)}${tail ? `.${tail}` : ''}`;
}
