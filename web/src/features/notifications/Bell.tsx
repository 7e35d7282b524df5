// The bell: how much is unread, and the list behind it.
import { BellOutlined } from '@ant-design/icons';
import { Drawer, Popover } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNotifications } from './useNotifications.ts';

const NoticeList = lazy(() => import('./NoticeList.tsx'));
const MOST = 99;

export function Bell({ phone }: { phone: boolean }) {
  const { t } = useTranslation('shell');
  const [open, setOpen] = useState(false);
  const all = useNotifications();
  const unread = all.unread.size;
  // A popover without content never opens, so there is a box for the list before there is a list.
  const list = <div className="bell-list">{open && <Suspense fallback={null}><NoticeList all={all} onLeave={() => setOpen(false)} /></Suspense>}</div>;
  const bell = (
    <button type="button" className="topbar-bell" aria-label={unread > 0 ? t('notify.unread', { count: unread }) : t('notify.title')} onClick={phone ? () => setOpen(true) : undefined}>
      <BellOutlined />
      {unread > 0 && <span className="bell-count" aria-hidden="true">{unread > MOST ? `${MOST}+` : unread}</span>}
    </button>
  );
  if (phone) return <>{bell}<Drawer open={open} onClose={() => setOpen(false)} title={t('notify.title')} placement="right" size="100%" styles={{ body: { padding: 0 } }} destroyOnHidden>{list}</Drawer></>;
  return <Popover trigger="click" placement="bottomRight" open={open} onOpenChange={setOpen} content={list} styles={{ container: { padding: 0 } }} destroyOnHidden>{bell}</Popover>;
}
