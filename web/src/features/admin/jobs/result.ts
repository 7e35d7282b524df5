// What came of a job, as far as it can be said in words: numbers by name, and by object. The rest is
// for those who look after the installation, as it was written. Pure.
import type { Json } from '@/shared/api/types.ts';

export interface Line {
  key: string;
  count: number;
  /** The same by object, largest first. */
  parts?: { object: string; count: number }[];
}

const isTable = (value: Json | undefined): value is Record<string, Json> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The number in a value: itself, or what its members add up to. */
function counted(value: Json | undefined): number | null {
  if (typeof value === 'number') return value;
  if (!isTable(value)) return null;
  const inner = Object.values(value).map(counted);
  return inner.every((one) => one !== null) ? inner.reduce((sum, one) => sum + one, 0) : null;
}

/** The lines that have a name, in the order in which the job tells them. */
export function linesOf(result: Json, named: (key: string) => boolean, isObject: (name: string) => boolean): Line[] {
  if (!isTable(result)) return [];
  return Object.entries(result).flatMap(([key, value]): Line[] => {
    const count = named(key) ? counted(value) : null;
    if (count === null) return [];
    const parts = isTable(value) && Object.keys(value).length > 0 && Object.keys(value).every(isObject)
      ? Object.entries(value).map(([object, one]) => ({ object, count: counted(one) ?? 0 })).toSorted((a, b) => b.count - a.count)
      : undefined;
    return [{ key, count, parts }];
  });
}
