// What an import's report says, arranged for reading. Pure.
import type { Violation } from '@/shared/api/problem.ts';
import type { ImportPlan } from './plan.ts';

export type ImportState = 'ready' | 'checked' | 'running' | 'done' | 'failed' | 'undone';

export interface ImportHead {
  id: string;
  object: string;
  name: string;
  state: ImportState;
  file: string;
  created_at: string;
}

export interface BadRow { line: number; violations: Violation[] }

export interface Report {
  rows: number;
  created: number;
  updated: number;
  unchanged: number;
  bad: number;
  undone: number;
  kept: number;
  /** Refused rows by `field:code`. */
  reasons: Record<string, number>;
  first_bad: BadRow[];
  unreadable: Violation | null;
}

export interface Progress { chunks: number; rows: number; created: number; updated: number; unchanged: number; bad: number }

export interface ImportWhole extends ImportHead {
  plan: ImportPlan;
  progress: Progress;
  report: Report | null;
}

export interface Reason { key: string; field: string; code: string; count: number; example: string | null }

/** Why rows were refused, the most frequent first; an example is the server's own sentence. */
export function reasons(report: Report): Reason[] {
  const found = Object.entries(report.reasons).map(([key, count]): Reason => {
    const cut = key.lastIndexOf(':');
    const field = cut < 0 ? key : key.slice(0, cut);
    const code = cut < 0 ? '' : key.slice(cut + 1);
    const example = report.first_bad.flatMap((row) => row.violations).find((cell) => keyOf(cell) === key);
    return { key, field, code, count, example: example?.message ?? null };
  });
  return found.sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
}

const keyOf = (cell: Violation) => `${cell.field}:${cell.code}`;

/** The refused rows that hold one of the chosen reasons; all of them when none is chosen. */
export function rowsWith(report: Report, chosen: ReadonlySet<string>): BadRow[] {
  if (chosen.size === 0) return report.first_bad;
  return report.first_bad.filter((row) => row.violations.some((cell) => chosen.has(keyOf(cell))));
}

/** Rows that a run would write or leave as they are. */
export const good = (report: Report) => report.rows - report.bad;

/** How much a run wrote, which is what an undo takes back. */
export const written = (progress: Progress) => progress.created + progress.updated;

export const MOVING: ReadonlySet<ImportState> = new Set(['running']);

/** The step of the wizard at which an import stands. */
export function stepOf(state: ImportState): number {
  return state === 'done' || state === 'undone' ? 3 : 2;
}
