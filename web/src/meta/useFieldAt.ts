// The field that a path such as `owner.name` ends at, through at most one reference.
import type { Field } from '@/shared/api/types.ts';
import { fieldOf, useObject } from './definitions.ts';

export function useFieldAt(object: string, path: string): Field | undefined {
  const [first = '', far] = path.split('.');
  const { data: here } = useObject(object);
  const near = here && fieldOf(here, first);
  const { data: there } = useObject(far ? near?.to?.[0] : undefined);
  if (!far) return near;
  return there && fieldOf(there, far);
}
