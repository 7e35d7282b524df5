// The list behind the bell: a box below it, the whole screen on a phone.
import { Drawer, Popover } from 'antd';
import { useTranslation } from 'react-i18next';
import { Anchor } from '@/shared/ui/Anchor.tsx';
import type { Spot } from '@/shared/ui/useSpot.ts';
import { NoticeList } from './NoticeList.tsx';
import type { useNotifications } from './useNotifications.ts';

interface Props { spot: Spot; phone: boolean; all: ReturnType<typeof useNotifications>; onClose: () => void }

export default function BellBox({ spot, phone, all, onClose }: Props) {
  const { t } = useTranslation('shell');
  const list = <div className="bell-list"><NoticeList all={all} onLeave={onClose} /></div>;
  if (phone) return <Drawer open onClose={onClose} title={t('notify.title')} placement="right" size="100%" styles={{ body: { padding: 0 } }}>{list}</Drawer>;
  return (
    <Popover open trigger="click" placement="bottomRight" onOpenChange={(open) => !open && onClose()} content={list} styles={{ container: { padding: 0 } }}>
      <Anchor spot={spot} />
    </Popover>
  );
}
