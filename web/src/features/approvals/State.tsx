// Where a request stands, in a word and until when.
import { useTranslation } from 'react-i18next';
import { instantText } from '@/meta/fields/moment.ts';
import { Tag } from '@/shared/ui/Tag.tsx';
import { type Approval, over, ready } from './requests.ts';

const COLORS = { open: 'orange', approved: 'green', refused: 'red', withdrawn: 'gray', over: 'gray' } as const;

export function State({ approval }: { approval: Approval }) {
  const { t } = useTranslation('approvals');
  const now = Date.now();
  const state = over(approval, now) ? 'over' : approval.state;
  return (
    <span className="approval-state">
      <Tag color={COLORS[state]}>{t(`states.${state}`)}</Tag>
      {ready(approval, now) && approval.valid_until && <small className="muted tabular">{t('until', { at: instantText(approval.valid_until) })}</small>}
    </span>
  );
}
