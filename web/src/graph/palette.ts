// Colours and forms of a graph. Never colour alone: kinds are named on their edges, objects differ
// in form, and what binds only under a condition is a broken line.
import type { EdgeFamily } from '@/shared/api/types.ts';

const LINES: Record<string, string> = {
  blue: '#1D4ED8', green: '#15803D', red: '#C8302B', orange: '#B45309', gold: '#92690A', yellow: '#92690A',
  purple: '#6D28D9', cyan: '#0369A1', teal: '#0B7A75', pink: '#BE2568', gray: '#64748B',
};
const PLAIN = '#64748B';

export const lineColor = (family: EdgeFamily | null | undefined): string => (family?.color && LINES[family.color]) || PLAIN;

export type Form = 'ellipse' | 'round-rectangle' | 'round-diamond' | 'round-hexagon';
export interface Look { form: Form; fill: string; line: string }

const LOOKS: Look[] = [
  { form: 'ellipse', fill: '#DBE6FD', line: '#1D4ED8' },
  { form: 'round-rectangle', fill: '#D5F0EE', line: '#0B7A75' },
  { form: 'round-diamond', fill: '#FBE9D2', line: '#B45309' },
  { form: 'round-hexagon', fill: '#EADFFC', line: '#6D28D9' },
];

/** Objects look different by their place among those that can be in the graph. */
export function lookOf(object: string, objects: readonly string[]): Look {
  const [first] = LOOKS as [Look];
  return LOOKS[Math.max(objects.indexOf(object), 0) % LOOKS.length] ?? first;
}
