// The pages of administration and the platform right that each needs; those without one are for
// everybody.
import type { Me } from '@/shared/api/types.ts';

export interface AdminEntry { page: string; right?: string }

export const PAGES: AdminEntry[] = [
  { page: 'audit', right: 'audit' },
  { page: 'definitions', right: 'publish' },
  { page: 'jobs', right: 'jobs' },
  { page: 'users', right: 'users' },
  { page: 'sessions' },
];

/** The pages that a caller's rights open, in order. */
export function allowed(me: Me | undefined): AdminEntry[] {
  return PAGES.filter((entry) => !entry.right || me?.rights.includes(entry.right));
}

/** Whether administration stands in the navigation of a caller. */
export function administers(me: Me | undefined): boolean {
  return (me?.rights.length ?? 0) > 0;
}
