// The bell: how much is unread, and the list behind it.
import { BellOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import { useSpot } from '@/shared/ui/useSpot.ts';
import { useNotifications } from './useNotifications.ts';

const load = () => import('./BellBox.tsx');
const MOST = 99;

export function Bell({ phone }: { phone: boolean }) {
  const { t } = useTranslation('shell');
  const all = useNotifications();
  const { spot, Float, handlers, close } = useSpot(load);
  const unread = all.unread.size;
  return (
    <>
      <button type="button" className="topbar-bell" aria-label={unread > 0 ? t('notify.unread', { count: unread }) : t('notify.title')} {...handlers}>
        <BellOutlined />
        {unread > 0 && <span className="bell-count" aria-hidden="true">{unread > MOST ? `${MOST}+` : unread}</span>}
      </button>
      {spot && Float && <Float spot={spot} phone={phone} all={all} onClose={close} />}
    </>
  );
}
