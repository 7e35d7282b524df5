// Whether a record is a request that can be answered now, and by what. Pure.
import type { ObjectDef, RecordView } from '@/shared/api/types.ts';

export function answerOf(object: ObjectDef, record: RecordView): 'dossier' | 'erase' | null {
  const { answers } = object;
  if (!answers || record.values[answers.status] !== answers.ready || !record.access?.write.includes(answers.status)) return null;
  const right = String(record.values[answers.right] ?? '');
  if (answers.dossier.includes(right)) return 'dossier';
  return answers.erase.includes(right) ? 'erase' : null;
}
