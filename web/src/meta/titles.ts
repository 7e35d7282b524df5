// The words by which a record is known in a list of mixed objects.
import type { Json, RecordView } from '@/shared/api/types.ts';

export function plainText(value: Json | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'object') return '';
  return String(value);
}

/** The value of the title field; without one, the first text there is. */
export function plainTitle(record: RecordView, title?: string | null): string {
  const known = title ? plainText(record.values[title]) : '';
  return known || Object.values(record.values).map(plainText).find((text) => text !== '') || record.id.slice(0, 8);
}

export function secondLine(record: RecordView, title?: string | null): string {
  const lead = plainTitle(record, title);
  const texts = Object.values(record.values).map(plainText).filter((text) => text !== '' && text !== lead && text.length < 40);
  return texts.slice(0, 3).join(' · ');
}
