// Navigation on the phone: five things within reach of a thumb.
import { AppstoreOutlined, HomeOutlined, SearchOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ObjectEntry } from '@/shared/api/types.ts';
import { ObjectIcon } from '@/shared/ui/icons.tsx';
import { navigation } from './navigation.ts';

export function BottomBar({ objects = [], onSearch }: { objects?: ObjectEntry[]; onSearch: () => void }) {
  const { t } = useTranslation('shell');
  const [first, ...others] = navigation(objects).main;
  // What waits for a person comes before what merely exists.
  const second = others.find((object) => object.home) ?? others[0];
  return (
    <nav className="bottombar" aria-label={t('nav')}>
      <Link to="/" activeOptions={{ exact: true }}><HomeOutlined /><span>{t('today')}</span></Link>
      {first && <Tab object={first} />}
      <button type="button" onClick={onSearch}><SearchOutlined /><span>{t('common:search')}</span></button>
      {second && <Tab object={second} />}
      <Link to="/app/menu"><AppstoreOutlined /><span>{t('menu')}</span></Link>
    </nav>
  );
}

function Tab({ object }: { object: ObjectEntry }) {
  return (
    <Link to="/app/list/$object" params={{ object: object.name }}>
      <ObjectIcon name={object.icon} /><span>{object.label}</span>
    </Link>
  );
}
