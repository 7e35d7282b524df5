// In which unit a person reads amounts: exact, in 万 or 亿, or whichever is shortest. The exact
// amount is always in the title.
import { useStored } from '@/shared/ui/stored.ts';
import type { Unit } from './amount.ts';

export const UNITS: Unit[] = ['plain', 'wan', 'yi', 'auto'];

export function useAmountUnit(): [Unit, (unit: Unit) => void] {
  const [unit, set] = useStored<Unit>('amounts.unit', 'plain');
  return [UNITS.includes(unit) ? unit : 'plain', set];
}
