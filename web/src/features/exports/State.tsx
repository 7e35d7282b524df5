// Where a request stands, in a word and until when.
import { useTranslation } from 'react-i18next';
import { instantText } from '@/meta/fields/moment.ts';
import { Tag } from '@/shared/ui/Tag.tsx';
import { type ExportRequest, over, ready } from './requests.ts';

const COLORS = { open: 'orange', approved: 'green', refused: 'red', withdrawn: 'gray', over: 'gray' } as const;

export function State({ request }: { request: ExportRequest }) {
  const { t } = useTranslation('exports');
  const now = Date.now();
  const state = over(request, now) ? 'over' : request.state;
  return (
    <span className="export-state">
      <Tag color={COLORS[state]}>{t(`states.${state}`)}</Tag>
      {ready(request, now) && request.valid_until && <small className="muted tabular">{t('until', { at: instantText(request.valid_until) })}</small>}
    </span>
  );
}
