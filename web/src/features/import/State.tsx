// The word for where an import stands.
import { useTranslation } from 'react-i18next';
import { Tag } from '@/shared/ui/Tag.tsx';
import type { ImportState } from './report.ts';

const COLORS: Record<ImportState, string> = { ready: 'gray', checked: 'blue', running: 'cyan', done: 'green', failed: 'red', undone: 'orange' };

export function State({ state }: { state: ImportState }) {
  const { t } = useTranslation('import');
  return <Tag color={COLORS[state]}>{t(`state.${state}`)}</Tag>;
}
