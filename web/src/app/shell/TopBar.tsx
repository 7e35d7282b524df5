// Search, creating, what waits, and one's own settings.
import {
  ApiOutlined, BgColorsOutlined, CompassOutlined, DownOutlined, GlobalOutlined, LogoutOutlined, PayCircleOutlined, PlusOutlined, QuestionCircleOutlined, SafetyOutlined, SearchOutlined,
} from '@ant-design/icons';
import { useNavigate } from '@tanstack/react-router';
import { Button, type MenuProps } from 'antd';
import { useTranslation } from 'react-i18next';
import { Bell } from '@/features/notifications/Bell.tsx';
import { useToured } from '@/features/tour/Invitation.tsx';
import { UNITS, useAmountUnit } from '@/meta/fields/unit.ts';
import { signOut } from '@/shared/api/session.ts';
import type { Me, ObjectEntry } from '@/shared/api/types.ts';
import { choose, language } from '@/shared/i18n/index.ts';
import { LOOKS, useLook } from '@/shared/theme/look.ts';
import { ObjectIcon } from '@/shared/ui/icons.tsx';
import { MenuButton } from '@/shared/ui/MenuButton.tsx';
import { navigation } from './navigation.ts';

interface Props { me?: Me; objects?: ObjectEntry[]; phone: boolean; onSearch: () => void; onKeys: () => void }

const KEYS = /mac/i.test(navigator.userAgent) ? '⌘K' : 'Ctrl K';

export function TopBar({ me, objects = [], phone, onSearch, onKeys }: Props) {
  const { t } = useTranslation('shell');
  const navigate = useNavigate();
  const creatable = navigation(objects).main.filter((object) => object.actions.includes('create'));
  return (
    <header className="topbar">
      {phone && <img src="./icon.svg" alt="" width={24} height={24} />}
      <button type="button" className="topbar-search" onClick={onSearch}>
        <SearchOutlined /><span>{t('palette')}</span>{!phone && <kbd>{KEYS}</kbd>}
      </button>
      <span className="topbar-gap" />
      {!phone && creatable.length > 0 && (
        <MenuButton
          menu={{
            items: creatable.map((object) => ({ key: object.name, icon: <ObjectIcon name={object.icon} />, label: object.label })),
            onClick: ({ key }) => void navigate({ to: '/app/new/$object', params: { object: key } }),
          }}
        >
          <Button type="primary" icon={<PlusOutlined />} className="topbar-create">{t('createMenu')}</Button>
        </MenuButton>
      )}
      <Bell phone={phone} />
      <Account me={me} phone={phone} onKeys={onKeys} />
    </header>
  );
}

function Account({ me, phone, onKeys }: Pick<Props, 'me' | 'phone' | 'onKeys'>) {
  const { t } = useTranslation('shell');
  const navigate = useNavigate();
  const { look, setLook } = useLook();
  const [unit, setUnit] = useAmountUnit();
  const [, setToured] = useToured();
  const flip = () => void choose(language() === 'en' ? 'zh-CN' : 'en');
  const tour = () => {
    setToured(false);
    void navigate({ to: '/' });
  };
  const items: MenuProps['items'] = [
    { key: 'who', label: <div className="account"><b>{me?.name}</b><span>{me?.roles.map((role) => role.label).join(t('list:listComma'))}</span></div>, disabled: true },
    { type: 'divider' },
    { key: 'language', icon: <GlobalOutlined />, label: t('switchTo'), onClick: flip },
    {
      key: 'look', icon: <BgColorsOutlined />, label: t('look.title'),
      children: LOOKS.map((one) => ({ key: `look ${one}`, label: t(`look.${one}`), onClick: () => setLook(one) })),
    },
    {
      key: 'unit', icon: <PayCircleOutlined />, label: t('amounts.title'),
      children: UNITS.map((one) => ({ key: `unit ${one}`, label: t(`amounts.${one}`), onClick: () => setUnit(one) })),
    },
    { type: 'divider' },
    ...(phone ? [] : [{ key: 'keys', icon: <QuestionCircleOutlined />, label: t('keys.title'), onClick: onKeys }]),
    { key: 'tour', icon: <CompassOutlined />, label: t('tourAgain'), onClick: tour },
    { key: 'account', icon: <SafetyOutlined />, label: t('account'), onClick: () => void navigate({ to: '/app/admin/$page', params: { page: 'account' } }) },
    { key: 'api', icon: <ApiOutlined />, label: t('api'), onClick: () => void navigate({ to: '/app/admin/$page', params: { page: 'api' } }) },
    { type: 'divider' },
    { key: 'out', icon: <LogoutOutlined />, label: t('signOut'), onClick: () => void signOut() },
  ];
  return (
    <MenuButton menu={{ items, selectedKeys: [`look ${look}`, `unit ${unit}`] }}>
      <button type="button" className="topbar-user" aria-label={`${t('user')} ${me?.name ?? ''}`}>
        <span className="avatar" aria-hidden="true">{(me?.name ?? '').slice(-2)}</span>
        {!phone && <><span>{me?.name}</span><DownOutlined /></>}
      </button>
    </MenuButton>
  );
}
