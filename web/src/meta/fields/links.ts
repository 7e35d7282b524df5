// Which record a reference points to. With one target the value is its id, with several it names
// the object too.
import type { Field, Json, Link } from '@/shared/api/types.ts';

export function linkOf(field: Field, value: Json | undefined): Link | null {
  if (typeof value === 'string' && value) {
    const [only] = field.to ?? [];
    return { object: only ?? '', id: value };
  }
  if (value && typeof value === 'object' && !Array.isArray(value)) {
    const { object, id } = value;
    if (typeof object === 'string' && typeof id === 'string') return { object, id };
  }
  return null;
}
