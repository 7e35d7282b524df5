// Stands for "a user" where a record is chosen without a field of a definition.
import type { Field } from '@/shared/api/types.ts';

export const USER_FIELD: Field = {
  name: 'user', label: '', type: 'user', access: 'write', required: false, unique: false,
  read_only: false, level: 1, encrypted: false, search: false,
};
