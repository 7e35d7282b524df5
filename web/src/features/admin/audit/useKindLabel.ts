// The word for a kind of audit entry.
import { useTranslation } from 'react-i18next';
import { KINDS } from './model.ts';

const KNOWN = new Set<string>(KINDS);

export function useKindLabel(): (kind: string) => string {
  const { t } = useTranslation('admin');
  return (kind) => (KNOWN.has(kind) ? t(`audit.kinds.${kind}`) : kind);
}
