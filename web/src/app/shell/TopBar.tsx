// Search, creating, language and account.
import { DownOutlined, GlobalOutlined, LogoutOutlined, PlusOutlined, SearchOutlined } from '@ant-design/icons';
import { useNavigate } from '@tanstack/react-router';
import { Button, Dropdown } from 'antd';
import { useTranslation } from 'react-i18next';
import { signOut } from '@/shared/api/session.ts';
import type { Me, ObjectEntry } from '@/shared/api/types.ts';
import { choose, language } from '@/shared/i18n/index.ts';
import { ObjectIcon } from '@/shared/ui/icons.tsx';
import { navigation } from './navigation.ts';

interface Props { me?: Me; objects?: ObjectEntry[]; phone: boolean; onSearch: () => void }

const KEYS = /mac/i.test(navigator.userAgent) ? '⌘K' : 'Ctrl K';

export function TopBar({ me, objects = [], phone, onSearch }: Props) {
  const { t } = useTranslation('shell');
  const navigate = useNavigate();
  const creatable = navigation(objects).main.filter((object) => object.actions.includes('create'));
  const flip = () => void choose(language() === 'en' ? 'zh-CN' : 'en');
  const account = [
    { key: 'who', label: <div className="account"><b>{me?.name}</b><span>{me?.roles.map((role) => role.label).join('、')}</span></div>, disabled: true },
    { type: 'divider' as const },
    { key: 'language', icon: <GlobalOutlined />, label: t('switchTo'), onClick: flip },
    { key: 'out', icon: <LogoutOutlined />, label: t('signOut'), onClick: () => void signOut() },
  ];
  return (
    <header className="topbar">
      {phone && <img src="./icon.svg" alt="" width={24} height={24} />}
      <button type="button" className="topbar-search" onClick={onSearch}>
        <SearchOutlined /><span>{t('palette')}</span>{!phone && <kbd>{KEYS}</kbd>}
      </button>
      <span className="topbar-gap" />
      {!phone && creatable.length > 0 && (
        <Dropdown
          trigger={['click']}
          menu={{
            items: creatable.map((object) => ({ key: object.name, icon: <ObjectIcon name={object.icon} />, label: object.label })),
            onClick: ({ key }) => void navigate({ to: '/app/new/$object', params: { object: key } }),
          }}
        >
          <Button type="primary" icon={<PlusOutlined />}>{t('createMenu')}</Button>
        </Dropdown>
      )}
      <Dropdown trigger={['click']} menu={{ items: account }}>
        <button type="button" className="topbar-user" aria-label={t('user')}>
          <span className="avatar" aria-hidden="true">{(me?.name ?? '').slice(-2)}</span>
          {!phone && <><span>{me?.name}</span><DownOutlined /></>}
        </button>
      </Dropdown>
    </header>
  );
}
