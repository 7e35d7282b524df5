// What a change of many rows reaches, and what came of it.
import { both, quote } from '@/meta/filter/conditions.ts';
import type { Job, Json } from '@/shared/api/types.ts';
import type { ListQuery } from './useList.ts';

export interface Chosen { ids: ReadonlySet<string>; whole: boolean }
export interface Reached { filter?: string; search?: string }

/** Ids that fit into one filter, whose text is bounded. */
export const AT_ONCE = 100;
/** Rows chosen one by one that a change takes; more are chosen by a query. */
export const MOST = 1000;

const EVERYTHING = 'id is not empty';

/** The queries that together find the chosen rows. */
export function scopes(chosen: Chosen, query: ListQuery): Reached[] {
  if (chosen.whole) return [{ filter: query.filter ?? (query.search ? undefined : EVERYTHING), search: query.search }];
  const ids = [...chosen.ids].slice(0, MOST);
  const found: Reached[] = [];
  for (let at = 0; at < ids.length; at += AT_ONCE) found.push({ filter: both(`id in [${ids.slice(at, at + AT_ONCE).map(quote).join(', ')}]`) });
  return found;
}

export interface Refused { id: string; code: string; violations: { field: string; code: string }[] }
export interface Tally { done: number; total: number; changed: number; refused: number; errors: Refused[]; ended: boolean; failed: boolean }

const ENDED = new Set(['done', 'dead', 'cancelled']);

/** All jobs of one change as one. */
export function tally(jobs: (Job | undefined)[]): Tally {
  const sum: Tally = { done: 0, total: 0, changed: 0, refused: 0, errors: [], ended: jobs.every((job) => !!job && ENDED.has(job.state)), failed: false };
  for (const job of jobs) {
    const result = (job?.result ?? {}) as { changed?: number; created?: number; refused?: number; errors?: Json };
    sum.done += job?.done ?? 0;
    sum.total += job?.total ?? 0;
    sum.changed += result.changed ?? result.created ?? 0;
    sum.refused += result.refused ?? 0;
    if (Array.isArray(result.errors)) sum.errors.push(...(result.errors as unknown as Refused[]));
    if (job && job.state !== 'done' && ENDED.has(job.state)) sum.failed = true;
  }
  return sum;
}

/** A text file of rows that spreadsheets open: quoted, and no cell begins a formula. */
export function csv(rows: string[][]): string {
  const cell = (text: string) => {
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return `\ufeff${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}
