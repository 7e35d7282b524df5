// The pages of administration and the platform rights that open each; those without any are for
// everybody.
import type { Me } from '@/shared/api/types.ts';

export interface AdminEntry { page: string; rights?: string[] }

const KEEPERS = ['publish', 'users', 'api_keys', 'audit', 'jobs'];

export const PAGES: AdminEntry[] = [
  { page: 'audit', rights: ['audit'] },
  { page: 'org', rights: KEEPERS },
  { page: 'users', rights: ['users'] },
  { page: 'roles', rights: KEEPERS },
  { page: 'parameters', rights: KEEPERS },
  { page: 'definitions', rights: ['publish'] },
  { page: 'jobs', rights: ['jobs'] },
  { page: 'samples', rights: ['publish'] },
  { page: 'keys', rights: ['api_keys'] },
  { page: 'account' },
  { page: 'api' },
];

/** The pages that a caller's rights open, in order. */
export function allowed(me: Me | undefined): AdminEntry[] {
  return PAGES.filter((entry) => !entry.rights || entry.rights.some((right) => me?.rights.includes(right)));
}

/** Whether administration stands in the navigation of a caller. */
export function administers(me: Me | undefined): boolean {
  return (me?.rights.length ?? 0) > 0;
}
