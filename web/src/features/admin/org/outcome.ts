// What a handover came to, from the result of its job.
import type { Json } from '@/shared/api/types.ts';

export interface Outcome { moved: number; refused: number; unplaced: number }

export function outcomeOf(result: Json): Outcome | undefined {
  if (!result || typeof result !== 'object' || Array.isArray(result)) return undefined;
  const number = (name: string) => (typeof result[name] === 'number' ? result[name] : 0);
  return { moved: number('moved'), refused: number('refused'), unplaced: number('unplaced') };
}
