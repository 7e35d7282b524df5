// What an audit entry says, apart from how it is shown.
import type { AuditEntry, Json } from '@/shared/api/types.ts';

/** One field's value before and after; `created` when there was none before. */
export interface Change { field: string; before?: Json; after?: Json; created: boolean }

/** An entry taken apart: changes of fields, the rest as facts. */
export interface Told {
  changes: Change[];
  reason: string | null;
  facts: [string, Json][];
}

export function asMap(value: Json | undefined): Record<string, Json> {
  return value && typeof value === 'object' && !Array.isArray(value) ? value : {};
}

/** A field of a change is `[before, after]`; of a new record it is the value alone. */
export function told(entry: AuditEntry): Told {
  const { detail, reason, ...rest } = asMap(entry.body);
  const { set, ...more } = asMap(detail);
  const fresh = entry.kind === 'create';
  const changes = Object.entries(asMap(set)).map(([field, value]): Change => {
    const pair = !fresh && Array.isArray(value) && value.length === 2;
    return pair
      ? { field, before: value[0], after: value[1], created: false }
      : { field, after: value, created: true };
  });
  const facts = [...Object.entries(more), ...Object.entries(rest)].filter(([, value]) => value !== null && value !== '');
  return { changes, reason: typeof reason === 'string' ? reason : null, facts };
}

/** Values of the higher data levels stand in the log as keyed digests only. */
export function isSealed(value: Json | undefined): boolean {
  return 'digest' in asMap(value);
}

/** The kinds of entries that have a word of their own; others show as they are. */
export const KINDS = [
  'create', 'update', 'delete', 'restore', 'reassign', 'reveal', 'share', 'purge', 'bulk_update', 'bulk_create', 'refused', 'export',
  'file_uploaded', 'file_read', 'import_prepared', 'import_started', 'import_finished', 'login', 'login_refused', 'logout', 'locked',
  'unlocked', 'sessions_ended', 'password_changed', 'password_set', 'passwords_set', 'password_expired', 'second_factor_begun',
  'second_factor_set', 'second_factor_removed', 'api_key_created', 'api_key_revoked', 'handover_started', 'job_retried',
  'job_cancelled', 'draft', 'publish', 'keys_rotated',
  'erase', 'lock', 'locked_read', 'merge', 'merged', 'unmerge',
  'duplicate_dismissed', 'duplicates_scan_started', 'request_answered', 'dossier_made', 'share_request', 'share_request_answered',
  'banding_started', 'measure_check', 'measure_differs', 'files_swept', 'samples_loaded', 'samples_removed',
  'approval_requested', 'approval_given', 'approval_refused', 'approval_withdrawn',
] as const;

/** What the list is narrowed to; the same words as in the address and the request. */
export interface AuditFilter {
  object?: string;
  record?: string;
  actor?: string;
  kind?: string;
  from?: string;
  until?: string;
}

const NAMES: (keyof AuditFilter)[] = ['object', 'record', 'actor', 'kind', 'from', 'until'];

export function filterOf(search: Record<string, string | undefined>): AuditFilter {
  return Object.fromEntries(NAMES.flatMap((name) => (search[name] ? [[name, search[name]]] : [])));
}

const DAY = 86_400_000;

/** Days of the institution as instants: from the first day's start until the last day's end. */
export function instants(from?: string, until?: string): { from?: string; until?: string } {
  const start = (day: string) => new Date(`${day}T00:00:00+08:00`).getTime();
  return {
    from: from ? new Date(start(from)).toISOString() : undefined,
    until: until ? new Date(start(until) + DAY).toISOString() : undefined,
  };
}

export const isId = (text: string) => /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text);
